"""What the pages bring from others: installed by npm, cut down to what is used, put under static/vendor/."""

"""`python -m deploy.assets`: make `services/gateway/static/vendor/` as the pages need it."""

from deploy.assets.vendor import prepare

if __name__ == "__main__":
    prepare()

class PkgConfigDeps:
    def __init__(self, recipe):
        pass

    def generate(self):
        pass

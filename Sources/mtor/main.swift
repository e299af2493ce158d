import Platform

print(Digest(of: []).hex)

public import Glibc

/// The id of the user who owns nothing.
public let nobody: uid_t = 65_534

/// Makes this process an ordinary user's, for good; only in an exit test. One that is an ordinary
/// user's stays what it is.
public func becomeOrdinaryUser() -> Bool {
  guard geteuid() == 0 else { return true }
  return setgroups(0, nil) == 0 && setgid(nobody) == 0 && setuid(nobody) == 0
}

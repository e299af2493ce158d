import Glibc

/// What a parent may have left of the three standard descriptors.
enum StandardDescriptors {
  /// Makes sure that no file of mtor's gets one of their numbers, and that neither a reader that has
  /// gone nor a limit on the size of files ends a run: a signal would take the exit code with it.
  ///
  /// One that was closed fails as it would have, by EBADF: it is open in the other direction.
  static func prepare() {
    for (number, direction) in [(0, O_WRONLY), (1, O_RDONLY), (2, O_RDONLY)] as [(Int32, Int32)] {
      // The lowest free number is this one, since those below it are taken.
      if fcntl(number, F_GETFD) < 0 { _ = open("/dev/null", direction) }
    }
    signal(SIGPIPE, SIG_IGN)
    // Writing fails with EFBIG then, and is told like a full disk.
    signal(SIGXFSZ, SIG_IGN)
  }
}

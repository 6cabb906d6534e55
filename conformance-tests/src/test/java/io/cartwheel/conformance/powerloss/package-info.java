/**
 * A file system of Linux, in the memory of a process of its own, that forgets what was not synced
 * when its power is cut: what a test needs to see what a machine without power does to a node.
 *
 * <p>What survives is what POSIX promises, and no more. Of a file: what it held at its last {@code
 * fsync} or {@code fdatasync}. Of a directory: the names it held when it was itself synced; so a
 * file that was synced is gone all the same where its name was not. A seed may let more survive, as
 * real disks do: of each file and directory the first so many changes since, the last of them torn.
 *
 * <p>{@link io.cartwheel.conformance.powerloss.ForgetfulFile} and {@link
 * io.cartwheel.conformance.powerloss.ForgetfulDirectory} are that model, with nothing of Linux in
 * it; {@link io.cartwheel.conformance.powerloss.FileSystem} is a whole tree of them with a power
 * switch; {@link io.cartwheel.conformance.powerloss.FuseServer} speaks FUSE's protocol with the
 * kernel, and {@link io.cartwheel.conformance.powerloss.FuseMain} is the process. Tests use it
 * through {@code ForgetfulDisk}, one floor up.
 */
package io.cartwheel.conformance.powerloss;

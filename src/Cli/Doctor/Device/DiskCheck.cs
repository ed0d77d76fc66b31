using EdgeFlora.Storage;

namespace EdgeFlora.Cli.Doctor.Device;

/// <summary>That the state folder can be written, with files that their owner alone may read, and has room.</summary>
/// <param name="exists">Whether a folder exists; null: as the disk says.</param>
internal sealed class DiskCheck(string folder, Func<string, bool>? exists = null) : ICheck
{
    private const long Least = 64L << 20;
    private const long Comfortable = 1L << 30;
    private const UnixFileMode OwnersFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public string Name => "disk.state";

    public string Deed => $"writes a file to {folder} and asks for its disk's free space";

    public Task<Finding> RunAsync(CancellationToken stop) => Task.FromResult(Find());

    private Finding Find()
    {
        if (File.Exists(folder))
        {
            return Finding.Failed($"{folder} is a file", "name a folder with --state");
        }

        // The agent makes what is missing of the path.
        if (NearestFolder.Of(Path.GetFullPath(folder), exists ?? Directory.Exists) is not { } place)
        {
            return Finding.Failed($"{folder} is on a drive that is not there", "connect the drive, or name a folder on another one with --state");
        }

        UnixFileMode? mode;
        try
        {
            mode = Write(place);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return Finding.Failed(
                $"{place} cannot be written: {refused.Message.TrimEnd('.')}",
                OperatingSystem.IsWindows() ? "give this user the right to it, or name another folder with --state"
                    : $"give it to this user: sudo chown -R {Environment.UserName} '{place}'; or name another folder with --state");
        }

        if (mode is { } found && found != OwnersFile)
        {
            return Finding.Failed(
                $"a file that is made with mode 600 has {Convert.ToString((int)found, 8)} in {place}: this file system keeps no modes",
                "name a folder on another file system with --state");
        }

        long free = new DriveInfo(place).AvailableFreeSpace;
        string text = FormattableString.Invariant($"it can be written; {free >> 20:N0} MiB are free");
        return free < Least ? Finding.Failed(text, "free some space, or name a folder on another disk with --state")
            : free < Comfortable ? Finding.Warning(text, "free some space, or name a folder on another disk with --state")
            : Finding.Ok(text);
    }

    private static UnixFileMode? Write(string place)
    {
        string file = Path.Combine(place, $".doctor-{Environment.ProcessId}");
        try
        {
            using FileStream stream = PrivateFolder.Open(file, FileMode.Create, FileAccess.Write);
            stream.WriteByte(1);
            stream.Flush(flushToDisk: true);
            return OperatingSystem.IsWindows() ? null : File.GetUnixFileMode(stream.SafeFileHandle);
        }
        finally
        {
            File.Delete(file);
        }
    }
}

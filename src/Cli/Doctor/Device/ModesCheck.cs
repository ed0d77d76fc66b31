namespace EdgeFlora.Cli.Doctor.Device;

/// <summary>That nobody but their owner may read what the agent keeps, its password before all.</summary>
internal sealed class ModesCheck(string folder) : ICheck
{
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    public string Name => "disk.modes";

    public string Deed => $"looks who else may read what lies in {folder}";

    public Task<Finding> RunAsync(CancellationToken stop)
    {
        if (OperatingSystem.IsWindows())
        {
            return Task.FromResult(Finding.NotTried("on Windows the folder's access list decides"));
        }

        if (!Directory.Exists(folder))
        {
            return Task.FromResult(Finding.NotTried("the folder is not there yet; the agent makes it for its owner alone"));
        }

        var all = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
        string[] open =
        [
            .. new DirectoryInfo(folder).EnumerateFileSystemInfos("*", all).Prepend(new DirectoryInfo(folder))
                .Where(entry => (entry.UnixFileMode & Others) != 0).Select(entry => entry.FullName),
        ];
        return Task.FromResult(open.Length == 0
            ? Finding.Ok("nobody")
            : Finding.Failed(
                $"{open.Length} files or folders are open to others, such as {open[0]}", $"chmod -R go-rwx '{Path.GetFullPath(folder)}'"));
    }
}

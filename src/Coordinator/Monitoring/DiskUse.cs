namespace EdgeFlora.Coordinator.Monitoring;

/// <summary>What a folder holds, and what its disk has left.</summary>
internal static class DiskUse
{
    /// <returns>Bytes free for this user and bytes in all; nulls where the system does not tell.</returns>
    public static (long? Free, long? Total) Of(string folder)
    {
        try
        {
            var drive = new DriveInfo(Path.GetFullPath(folder));
            return (drive.AvailableFreeSpace, drive.TotalSize);
        }
        catch (Exception untold) when (untold is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return (null, null);
        }
    }

    /// <summary>Bytes of all files below a folder; those that go away meanwhile count nothing.</summary>
    public static long Below(string folder) => !Directory.Exists(folder) ? 0
        : new DirectoryInfo(folder).EnumerateFiles(
            "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
            .Sum(file => SizeOf(file.FullName));

    public static long SizeOf(string file)
    {
        try
        {
            return new FileInfo(file).Length;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}

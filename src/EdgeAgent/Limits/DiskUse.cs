namespace EdgeFlora.EdgeAgent.Limits;

/// <summary>What a folder takes of the disk.</summary>
internal static class DiskUse
{
    /// <summary>Bytes of all files below it, as they are now; files that go away meanwhile are left out.</summary>
    public static long Of(string folder)
    {
        var all = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };
        return new DirectoryInfo(folder).EnumerateFiles("*", all).Sum(Length);
    }

    private static long Length(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
    }
}

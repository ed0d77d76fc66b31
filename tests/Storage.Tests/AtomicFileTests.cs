using System.Runtime.Versioning;

namespace EdgeFlora.Storage.Tests;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_failed_write_leaves_the_old_file_and_nothing_else()
    {
        string path = folder.In("a.txt");
        File.WriteAllText(path, "old");

        Assert.Throws<IOException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write("half"u8);
            throw new IOException("disk full");
        }));

        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void A_file_is_as_private_as_its_folder()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix modes");
        PrivateFolder.Create(folder.In("closed"));
        Directory.CreateDirectory(
            folder.In("open"),
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);

        UnixFileMode during = default;
        AtomicFile.Write(folder.In("closed/a"), stream => during = File.GetUnixFileMode(((FileStream)stream).Name));
        AtomicFile.Write(folder.In("open/a"), _ => { });

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, during);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder.In("closed/a")));
        Assert.True(File.GetUnixFileMode(folder.In("open/a")).HasFlag(UnixFileMode.OtherRead));
    }

    [Fact]
    public void A_folder_that_is_not_there_cannot_be_brought_to_the_disk()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "nothing to do there");

        FolderSync.Flush(folder.Path);
        var failure = Assert.Throws<IOException>(() => FolderSync.Flush(folder.In("absent")));

        Assert.Contains("absent", failure.Message, StringComparison.Ordinal);
    }
}

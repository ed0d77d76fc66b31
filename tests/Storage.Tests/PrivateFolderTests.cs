using System.Runtime.Versioning;

namespace EdgeFlora.Storage.Tests;

[UnsupportedOSPlatform("windows")]
public sealed class PrivateFolderTests : IDisposable
{
    private const UnixFileMode OwnersFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnersFolder = OwnersFile | UnixFileMode.UserExecute;
    private const UnixFileMode Readable = UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly TemporaryFolder folder = new();

    public PrivateFolderTests() => Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix modes");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_new_folder_and_all_above_it_that_were_absent_are_their_owners()
    {
        string? told = PrivateFolder.Secure(folder.In("a/b/c"), "journal");

        Assert.Null(told);
        Assert.All(["a", "a/b", "a/b/c"], name => Assert.Equal(OwnersFolder, Mode(name)));
    }

    [Fact]
    public void A_folder_that_was_open_is_closed_with_all_that_lies_in_it_and_this_is_told()
    {
        string outside = folder.In("outside");
        File.WriteAllText(outside, "not ours");
        Directory.CreateDirectory(folder.In("state/journal"), OwnersFolder | Readable | UnixFileMode.OtherExecute);
        File.WriteAllText(folder.In("state/journal/task.json"), "{}");
        File.CreateSymbolicLink(folder.In("state/link"), outside);
        File.SetUnixFileMode(folder.In("state"), OwnersFolder | Readable | UnixFileMode.GroupExecute);
        File.SetUnixFileMode(folder.In("state/journal/task.json"), OwnersFile | Readable);
        File.SetUnixFileMode(outside, OwnersFile | Readable);

        string? told = PrivateFolder.Secure(folder.In("state"), "journal");

        Assert.Contains(folder.In("state"), told, StringComparison.Ordinal);
        Assert.Contains("754", told, StringComparison.Ordinal);
        Assert.Equal(OwnersFolder, Mode("state"));
        Assert.Equal(OwnersFolder, Mode("state/journal"));
        Assert.Equal(OwnersFile, Mode("state/journal/task.json"));
        Assert.Equal(OwnersFile | Readable, Mode("outside"));
        Assert.Null(PrivateFolder.Secure(folder.In("state"), "journal"));
    }

    [Fact]
    public void A_folder_that_is_something_elses_is_left_alone()
    {
        Directory.CreateDirectory(folder.In("home"), OwnersFolder | Readable);
        File.WriteAllText(folder.In("home/agent.log"), "");
        File.WriteAllText(folder.In("home/letter.txt"), "");

        var refused = Assert.Throws<IOException>(() => PrivateFolder.Secure(folder.In("home"), "journal"));

        Assert.Contains("'letter.txt'", refused.Message, StringComparison.Ordinal);
        Assert.Equal(OwnersFolder | Readable, Mode("home"));
    }

    [Fact]
    public void An_opened_file_is_its_owners_from_its_first_moment()
    {
        using FileStream file = PrivateFolder.Open(folder.In("a"), FileMode.OpenOrCreate, FileAccess.Write);

        Assert.Equal(OwnersFile, Mode("a"));
    }

    private UnixFileMode Mode(string name) => File.GetUnixFileMode(folder.In(name));
}

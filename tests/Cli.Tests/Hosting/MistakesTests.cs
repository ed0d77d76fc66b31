using EdgeFlora.Cli.Hosting;
using EdgeFlora.Storage;

namespace EdgeFlora.Cli.Tests.Hosting;

public sealed class MistakesTests
{
    [Fact]
    public void A_full_disk_is_said_to_be_full_with_what_helps()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "a device that is always full");
        Exception? full = Record.Exception(() => File.WriteAllText("/dev/full", "x"));

        string? said = Mistakes.Describe(new AggregateException(full!));

        Assert.Contains("/dev/full", said, StringComparison.Ordinal);
        Assert.EndsWith("free some space, or name a folder on another disk", said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_without_rights_and_a_folder_in_use_are_the_users_to_mend_and_a_fault_of_ours_is_not()
    {
        Assert.Contains(
            "give this user the right to it",
            Mistakes.Describe(new UnauthorizedAccessException("Access to the path '/x' is denied.")),
            StringComparison.Ordinal);
        Assert.Equal("in use", Mistakes.Describe(new FolderInUseException("in use")));
        Assert.Equal("it holds a thesis", Mistakes.Describe(new ForeignFolderException("it holds a thesis")));
        Assert.Null(Mistakes.Describe(new InvalidOperationException("ours")));
        Assert.Null(Mistakes.Describe(new AggregateException(new IOException("one"), new InvalidOperationException("ours"))));
    }
}

namespace EdgeFlora.Storage.Tests;

public sealed class FolderLockTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_second_taker_is_refused_with_the_process_that_holds_the_folder()
    {
        using var held = FolderLock.Take(folder.Path);

        var refused = Assert.Throws<FolderInUseException>(() => FolderLock.Take(folder.Path));

        Assert.Equal(Environment.ProcessId, refused.ProcessId);
        Assert.Contains($"'{folder.Path}' is in use by process {Environment.ProcessId}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_was_let_go_of_can_be_taken_whoever_the_note_names()
    {
        FolderLock.Take(folder.Path).Dispose();
        File.WriteAllText(folder.In("process.id"), "1");

        using var held = FolderLock.Take(folder.Path);

        Assert.Equal(Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture), File.ReadAllText(folder.In("process.id")));
    }
}

namespace EdgeFlora.Cli.Tests.Commands.Coordinator;

public sealed class BackupCommandTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("edgeflora-backup-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task A_folder_that_holds_no_state_is_told_and_nothing_is_made()
    {
        string copy = Path.Combine(root, "copy");

        (int code, string output, string error) = await CommandRunner.RunAsync("coordinator", "backup", "--state", root, "--out", copy);

        Assert.Equal((2, ""), (code, output));
        Assert.Equal(
            $"edgeflora coordinator backup: '{root}' is no state folder of a coordinator: coordinator.db is missing; name that of the service.\n",
            error);
        Assert.False(Directory.Exists(copy));
    }
}

namespace EdgeFlora.Cli.Tests.Commands.Coordinator;

/// <summary>What <c>edgeflora coordinator copy-state</c> refuses; what it does is tested with the services that go on.</summary>
public sealed class CopyStateCommandTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("edgeflora-copy-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task Without_a_database_or_a_state_nothing_is_copied()
    {
        (int unnamed, _, string database) = await CommandRunner.RunAsync("coordinator", "copy-state", "--state", root);
        (int absent, _, string state) = await CommandRunner.RunAsync(
            "coordinator", "copy-state", "--state", root, "--store", "postgres://u@127.0.0.1:1/d");
        (int told, _, string secret) = await CommandRunner.RunAsync(
            "coordinator", "copy-state", "--state", root, "--store", "postgres://u:hidden@127.0.0.1:1/d");

        Assert.Equal((2, 2, 2), (unnamed, absent, told));
        Assert.Contains("the database is missing; name it with --store", database, StringComparison.Ordinal);
        Assert.Contains("coordinator.db is missing; name that of the service with --state", state, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", secret, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(root));
    }
}

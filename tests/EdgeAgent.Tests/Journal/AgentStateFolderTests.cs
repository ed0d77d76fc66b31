using EdgeFlora.EdgeAgent.Journal;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Tests.Given;
using EdgeFlora.Storage;

namespace EdgeFlora.EdgeAgent.Tests.Journal;

public sealed class AgentStateFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_second_process_of_the_folder_is_refused_and_one_after_it_is_not()
    {
        AgentStateFolder first = AgentStateFolder.Open(Options("a"));

        var refused = Assert.Throws<FolderInUseException>(() => AgentStateFolder.Open(Options("a")));
        first.Dispose();
        AgentStateFolder.Open(Options("a")).Dispose();

        Assert.Contains($"in use by process {Environment.ProcessId}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_agents_folder_is_refused_with_both_names()
    {
        AgentStateFolder.Open(Options("a")).Dispose();

        var refused = Assert.Throws<InvalidDataException>(() => AgentStateFolder.Open(Options("b")));
        AgentStateFolder.Open(Options("a")).Dispose();

        Assert.Contains("the state of agent 'a', not of 'b'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_of_something_else_is_refused_and_left_as_it_is()
    {
        Directory.CreateDirectory(folder.In("state"));
        File.WriteAllText(folder.In("state/coordinator.db"), "");

        var refused = Assert.Throws<InvalidDataException>(() => AgentStateFolder.Open(Options("a")));

        Assert.Contains("Agent:StateFolder is '", refused.Message, StringComparison.Ordinal);
        Assert.Contains("holds 'coordinator.db'", refused.Message, StringComparison.Ordinal);
        Assert.Equal([folder.In("state/coordinator.db")], Directory.EnumerateFileSystemEntries(folder.In("state")));
    }

    private AgentOptions Options(string name) =>
        new() { Name = name, Models = [ModelOptions.Of(folder.In("model"))], Data = [], StateFolder = folder.In("state") };
}

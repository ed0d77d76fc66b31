using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Protocol.Messages;

namespace EdgeFlora.Coordinator.Tests.Messages;

public sealed class MessageCheckTests
{
    private static readonly MessageHeader Header = new() { V = 1, MessageId = Guid.Empty, AgentId = "a", BootId = Guid.Empty, Seq = 1 };

    private static readonly AgentHello Hello = new()
    {
        Header = Header,
        ReplyQueue = Queues.Agent("a"),
        ContractMin = 1,
        ContractMax = 1,
        Build = "test",
        Platform = "test",
        Engines = [new EngineCapability { Engine = "portable", Device = "cpu" }],
        Data = new DataSummary { Examples = 1, HeldOut = 1, Sha256 = "" },
        Bases = [new BaseModelRef { ModelId = "made", Sha256 = "" }],
    };

    private static readonly BlobAnnounced Announced = new() { Header = Header, Claim = new BlobClaim { Sha256 = "", Size = 1, ChunkSize = 1, Codec = "int8" } };

    private static readonly ResultReady Result = new() { Header = Header, Claim = Announced.Claim, Examples = 1, Metrics = new ResultMetrics() };

    [Fact]
    public void A_message_as_agents_send_it_is_whole() =>
        Assert.True(MessageCheck.IsWhole(Hello) && MessageCheck.IsWhole(Announced) && MessageCheck.IsWhole(Result));

    [Theory]
    [InlineData("Header")]
    [InlineData("Header.AgentId")]
    [InlineData("ReplyQueue")]
    [InlineData("Engines")]
    [InlineData("Engines.0")]
    [InlineData("Engines.0.Device")]
    [InlineData("Data")]
    [InlineData("Bases.0")]
    [InlineData("Bases.0.Sha256")]
    public void A_hello_with_a_null_is_not(string path) => Assert.False(MessageCheck.IsWhole(WithNull(Hello, path)));

    [Theory]
    [InlineData("Header")]
    [InlineData("Claim")]
    [InlineData("Claim.Sha256")]
    [InlineData("Claim.Codec")]
    public void An_announcement_with_a_null_is_not(string path) => Assert.False(MessageCheck.IsWhole(WithNull(Announced, path)));

    [Theory]
    [InlineData("Header.AgentId")]
    [InlineData("Metrics")]
    [InlineData("Claim.Sha256")]
    public void A_result_with_a_null_is_not(string path) => Assert.False(MessageCheck.IsWhole(WithNull(Result, path)));

    [Fact]
    public async Task Such_a_message_does_not_end_the_run()
    {
        using var folder = new TemporaryFolder();
        await using RunRig rig = await RunRig.StartAsync(Settings.For(folder));

        await rig.PostAsync(WithNull(Hello, "Header"));
        await rig.PostAsync(WithNull(Hello, "Bases.0"));
        await rig.HelloAsync("a");

        await rig.Sender.EventAsync(RunEventKind.AgentJoined, happened => happened.AgentId == "a");
        Assert.False(rig.Outcome.IsCompleted);
    }

    /// <summary>The message as it reads from JSON with a null at the path.</summary>
    private static T WithNull<T>(T message, string path)
    {
        JsonNode root = JsonSerializer.SerializeToNode(message)!;
        string[] steps = path.Split('.');
        JsonNode parent = steps[..^1].Aggregate(root, (node, step) => node is JsonArray list ? list[int.Parse(step, null)]! : node[step]!);
        if (parent is JsonArray items)
        {
            items[int.Parse(steps[^1], null)] = null;
        }
        else
        {
            parent[steps[^1]] = null;
        }

        return root.Deserialize<T>()!;
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Events;
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
        Labels = new Dictionary<string, string> { ["site"] = "north" },
        DataSets =
        [
            new DataSetSummary
            {
                Name = "data",
                Task = LearningTask.Classification,
                Examples = 1,
                HeldOut = 1,
                Sha256 = "",
                Labels = ["good"],
            },
        ],
        ModelCache = new ModelCacheSummary
        {
            RoomBytes = 1,
            LimitBytes = 1,
            Models = [new CachedModel { ModelId = "made", Sha256 = "", Bytes = 1 }],
        },
        Tasks = [new OpenTask { RunId = Guid.Empty, TaskId = Guid.Empty, LeaseEpoch = 1 }],
    };

    private static readonly BlobAnnounced Announced = new() { Header = Header, Claim = new BlobClaim { Sha256 = "", Size = 1, ChunkSize = 1, Codec = "int8" } };

    private static readonly ResultReady Result = new() { Header = Header, Claim = Announced.Claim, Examples = 1, Metrics = new ResultMetrics() };

    /// <summary>Everything that an agent sends to the service as a message.</summary>
    private static readonly object[] Messages =
    [
        Hello,
        new AgentBye { Header = Header, Reason = "stopped" },
        new Heartbeat { Header = Header, State = "Idle" },
        new Pong { Header = Header },
        new CredentialChange { Header = Header, Installation = Guid.Empty, ReplyQueue = Queues.Agent("a"), PasswordHash = "" },
        new TaskAccepted { Header = Header },
        new TaskDeclined { Header = Header, Reason = DeclineReason.Busy, Detail = "" },
        new TaskProgress { Header = Header, Phase = TaskPhase.Training, Step = 1, Total = 2 },
        new TaskFailed { Header = Header, Code = "Internal", Retryable = true, Detail = "" },
        Result,
        Announced,
        new BlobWanted { Header = Header, Sha256 = "", Missing = [] },
    ];

    [Fact]
    public void A_message_as_agents_send_it_is_whole() => Assert.All(Messages, message => Assert.True(MessageCheck.IsWhole(message)));

    /// <summary>What the contract gives no question mark, no message may lack, however deep it lies.</summary>
    [Fact]
    public void A_message_with_a_null_where_its_contract_has_none_is_not()
    {
        (object Message, string Path)[] lacking =
            [.. Messages.SelectMany(message => RequiredPaths.Of(message).Select(path => (message, path)))];

        Assert.Contains(lacking, item => item is { Message: AgentHello, Path: "Build" });
        Assert.Contains(lacking, item => item is { Message: AgentHello, Path: "DataSets.0.Labels.0" });
        Assert.Empty(lacking.Where(item => MessageCheck.IsWhole(WithNull(item.Message, item.Path)))
            .Select(item => $"{item.Message.GetType().Name}.{item.Path}"));
    }

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
    private static object WithNull(object message, string path)
    {
        JsonNode root = JsonSerializer.SerializeToNode(message, message.GetType())!;
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

        return root.Deserialize(message.GetType())!;
    }
}

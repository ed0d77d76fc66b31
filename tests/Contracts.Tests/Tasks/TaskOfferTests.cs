using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Tasks;

namespace EdgeFlora.Contracts.Tests.Tasks;

public sealed class TaskOfferTests
{
    private static readonly string[] SinceVersion1 = ["MinContract", "Factors", "BaseDelta", "ClassCounts", "Task", "MaxTokens", "DataSet"];

    /// <summary>Required since version 5, whose agents send nowhere else.</summary>
    private static readonly string[] SinceVersion5 = ["Intake", "Chunks", "Priority"];

    private static readonly string[] SinceVersion6 = ["Published", "LabelCounts", "BaseArchive"];

    private static readonly string[] TrainingSinceVersion3 = ["CosineDecay", "Accumulate", "Sgd"];

    [Fact]
    public void An_offer_of_version_1_asks_for_nothing_special()
    {
        JsonObject json = JsonSerializer.SerializeToNode(Offer())!.AsObject();
        foreach (string property in SinceVersion1)
        {
            Assert.True(json.Remove(property), property);
        }

        TaskOffer read = json.Deserialize<TaskOffer>()!;

        Assert.Equal(1, read.MinContract);
        Assert.Empty(read.Factors);
        Assert.Null(read.BaseDelta);
        Assert.Equal((LearningTask.Classification, null), (read.Task, read.MaxTokens));
        Assert.False(read.ClassCounts);
    }

    [Fact]
    public void An_offer_of_an_older_coordinator_asks_nobody_to_keep_its_own_adapter_or_to_count_labels()
    {
        JsonObject json = JsonSerializer.SerializeToNode(Offer() with { Published = true, LabelCounts = true })!.AsObject();
        foreach (string property in SinceVersion6)
        {
            Assert.True(json.Remove(property), property);
        }

        TaskOffer read = json.Deserialize<TaskOffer>()!;

        Assert.Equal((false, false), (read.Published, read.LabelCounts));
    }

    [Fact]
    public void Training_that_an_older_coordinator_describes_is_AdamW_one_batch_a_step()
    {
        JsonObject json = JsonSerializer.SerializeToNode(Offer().Hyper)!.AsObject();
        foreach (string property in TrainingSinceVersion3)
        {
            Assert.True(json.Remove(property), property);
        }

        Assert.Equal(Offer().Hyper, json.Deserialize<HyperParameters>());
        Assert.False(json.ContainsKey("Proximal"), "What is off needs no place on the wire.");
        Assert.Equal((false, 1, null), Offer().Hyper is { } hyper ? (hyper.CosineDecay, hyper.Accumulate, hyper.Sgd) : default);
    }

    [Fact]
    public void The_task_travels_by_name()
    {
        string json = JsonSerializer.Serialize(Offer() with { Task = LearningTask.LanguageModel, Labels = [] });

        Assert.Contains("\"Task\":\"LanguageModel\"", json, StringComparison.Ordinal);
        Assert.Equal(LearningTask.LanguageModel, JsonSerializer.Deserialize<TaskOffer>(json)!.Task);
    }

    [Fact]
    public void A_newer_offer_holds_all_that_version_1_requires()
    {
        JsonObject json = JsonSerializer.SerializeToNode(Offer() with { MinContract = 2, Factors = [new FactorRule { Modules = ["layer.query"], TrainA = false }] })!.AsObject();

        // What an agent of version 1 reads: JSON properties it does not know are passed over.
        Assert.Equal(
            ["Header", "Kind", "Base", "Adapter", "Lora", "Labels", "Hyper", "Codec", "RemainingMs", "HardCapMs", "CheckpointEverySteps"],
            json.Select(property => property.Key).Except(SinceVersion1).Except(SinceVersion5).Except(SinceVersion6));
    }

    [Fact]
    public void Rules_travel_as_they_are()
    {
        FactorRule rule = new() { Modules = ["layer.query", "layer.value"], TrainB = false, KeepB = true, NewBasis = true };

        FactorRule read = JsonSerializer.Deserialize<TaskOffer>(JsonSerializer.Serialize(Offer() with { Factors = [rule] }))!.Factors.Single();

        Assert.Equal(rule.Modules, read.Modules);
        Assert.Equal(rule, read with { Modules = rule.Modules });
    }

    [Fact]
    public void A_rule_that_says_nothing_trains_and_sends_both_factors() =>
        Assert.Equal((true, true, false, false), JsonSerializer.Deserialize<FactorRule>("""{ "Modules": ["x"] }""") is { } rule ? (rule.TrainA, rule.TrainB, rule.KeepB, rule.NewBasis) : default);

    private static TaskOffer Offer() => new()
    {
        Header = new MessageHeader { V = 2, MessageId = Guid.Empty, AgentId = "a", BootId = Guid.Empty, Seq = 1 },
        Kind = TaskKind.Train,
        Intake = "ef.run.x.intake",
        Chunks = "ef.run.x.chunks",
        Base = new BaseModelRef { ModelId = "made", Sha256 = new string('0', 64) },
        Adapter = new BlobClaim { Sha256 = new string('0', 64), Size = 1, ChunkSize = 1, Codec = "fp16" },
        Lora = new LoraSpec { Rank = 2, Alpha = 4, Variant = "Lora", TargetModules = ["query"], ModulesToSave = ["classifier"] },
        Labels = ["yes", "no"],
        Hyper = new HyperParameters { LearningRate = 1, Steps = 1, BatchSize = 1, MaxTokens = 8, Seed = 1 },
        Codec = "int8",
        RemainingMs = 1,
        HardCapMs = 1,
        BaseDelta = new BlobClaim { Sha256 = new string('1', 64), Size = 1, ChunkSize = 1, Codec = "safetensors" },
    };
}

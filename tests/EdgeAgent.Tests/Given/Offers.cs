using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Adapters.Initialization;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Transport.Blobs;
using EdgeFlora.Transport.Stamps;

namespace EdgeFlora.EdgeAgent.Tests.Given;

/// <summary>Offers and the adapter they speak of.</summary>
internal static class Offers
{
    public const string Agent = "agent-1";

    public static readonly string[] Labels = ["bad", "good"];

    public static readonly Guid Run = new("11111111-1111-1111-1111-111111111111");

    private static readonly LoraSettings Settings = new() { Rank = 4, Alpha = 8, TargetModules = ["query"], ModulesToSave = ["classifier"] };

    /// <summary>One module [30×20] of rank 4 and a head: 260 parameters.</summary>
    public static readonly LoraAdapter Global = AdapterInitializer.Create(
        new AdapterShape(Settings, [new ModuleShape("layer.query", 30, 20)], [new TensorShape("classifier.weight", [2, 30])]), seed: 3);

    /// <summary>The same without a head, as a language model has it.</summary>
    public static LoraAdapter GlobalFor(LearningTask task) =>
        task == LearningTask.Classification ? Global : new LoraAdapter(Settings with { ModulesToSave = [] }, Global.Modules);

    /// <summary>An adapter of the same shape with other values in both factors.</summary>
    public static LoraAdapter Trained(ulong seed)
    {
        LoraAdapter trained = Global.Clone();
        var random = new Adapters.Randomness.SeededRandom(seed);
        foreach (LoraFactors factors in trained.Modules.Values)
        {
            foreach (ref float value in factors.A.Values)
            {
                value += random.NextSingle();
            }

            foreach (ref float value in factors.B.Values)
            {
                value += random.NextSingle();
            }
        }

        return trained;
    }

    public static TaskOffer Offer(
        BlobClaim adapter, string baseSha256, int round = 1, int epoch = 1, long term = 1, TaskKind kind = TaskKind.Train, int steps = 20,
        string codec = "int8", long hardCapMs = 600_000,
        LearningTask learning = LearningTask.Classification)
    {
        Guid task = NameBasedGuid.Create(Run, $"{kind}-{round}");
        return new TaskOffer
        {
            Header = new MessageStamp(Guid.NewGuid(), TimeProvider.System).About(
                nameof(TaskOffer), Agent, Run, round, task, attempt: epoch, leaseEpoch: epoch, term: term),
            Kind = kind,
            Intake = Queues.RunIntake(Run),
            Chunks = Queues.RunChunks(Run),
            Base = new BaseModelRef { ModelId = "tiny", Sha256 = baseSha256 },
            Adapter = adapter,
            Lora = new LoraSpec
            {
                Rank = 4,
                Alpha = 8,
                Variant = "Lora",
                TargetModules = ["query"],
                ModulesToSave = GlobalFor(learning).Settings.ModulesToSave,
            },
            Task = learning,
            Labels = learning == LearningTask.Classification ? Labels : [],
            Hyper = kind == TaskKind.Train
                ? new HyperParameters { LearningRate = 1e-3, Steps = steps, BatchSize = 2, MaxTokens = 8, Seed = 5 }
                : null,
            Codec = codec,
            RemainingMs = 30_000,
            HardCapMs = hardCapMs,
            CheckpointEverySteps = 5,
        };
    }

    /// <summary>An offer for tests that move no body.</summary>
    public static TaskOffer Bare(int round = 1, int epoch = 1, TaskKind kind = TaskKind.Train) =>
        Offer(
            new BlobClaim { Sha256 = new string('a', 64), Size = 10, ChunkSize = 10, Codec = "fp16" }, new string('b', 64), round, epoch, kind: kind);

    public static BlobClaim Broadcast(BlobStore blobs, LearningTask task) =>
        blobs.Put(AdapterCodec.Parse("fp32").Encode(GlobalFor(task)), "fp32", chunkSize: 700);
}

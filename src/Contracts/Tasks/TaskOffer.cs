using System.Text.Json.Serialization;
using EdgeFlora.Contracts.Blobs;

namespace EdgeFlora.Contracts.Tasks;

/// <summary>
/// One agent's work in one round, under a lease (coordinator → agent). Idempotent on (<see cref="MessageHeader.TaskId"/>,
/// <see cref="MessageHeader.LeaseEpoch"/>).
/// </summary>
public sealed record TaskOffer
{
    public required MessageHeader Header { get; init; }

    public required TaskKind Kind { get; init; }

    public required BaseModelRef Base { get; init; }

    /// <summary>
    /// The base model's files as one archive, for an agent that lacks it and may fetch it: a tar in ustar form of plain files in the ordinal order
    /// of their names, with mode 644, no owner and time 0. At most <see cref="WireLimits.MaxModelBytes"/>. Absent: it is not handed out. Since
    /// version 6.
    /// </summary>
    public BlobClaim? BaseArchive { get; init; }

    /// <summary>The global adapter to start from or to measure.</summary>
    public required BlobClaim Adapter { get; init; }

    public required LoraSpec Lora { get; init; }

    /// <summary>Names of the classes, in the order of the head's rows; empty for a language model.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>How to train; absent when only measuring.</summary>
    public HyperParameters? Hyper { get; init; }

    /// <summary>Codec of the answer, e.g. <c>int8</c>.</summary>
    public required string Codec { get; init; }

    /// <summary>Milliseconds left of the lease at sending.</summary>
    public required long RemainingMs { get; init; }

    /// <summary>Milliseconds after which the task ends whatever its progress.</summary>
    public required long HardCapMs { get; init; }

    /// <summary>Optimiser steps between checkpoints.</summary>
    public int CheckpointEverySteps { get; init; } = 50;

    /// <summary>
    /// Oldest contract version whose agents can do this task as it is meant; one that speaks only older ones declines. Since version 2.
    /// </summary>
    public int MinContract { get; init; } = 1;

    /// <summary>Factors that are not simply trained and sent; empty: all are. Since version 2.</summary>
    public IReadOnlyList<FactorRule> Factors { get; init; } = [];

    /// <summary>
    /// All that was folded into the base weights so far, to be added to the base model before training and measuring; absent: nothing. Since
    /// version 2.
    /// </summary>
    public BlobClaim? BaseDelta { get; init; }

    /// <summary>Where reports about this task and its result are sent. Since version 5.</summary>
    public required string Intake { get; init; }

    /// <summary>Where chunks of its body are sent. Since version 5.</summary>
    public required string Chunks { get; init; }

    /// <summary>
    /// Of several tasks in an agent's hands the one of the highest priority is done first, then the oldest. -100 … 100. Since version 5.
    /// </summary>
    public int Priority { get; init; }

    /// <summary>What is learnt. Since version 3, before which all tasks were classification.</summary>
    public LearningTask Task { get; init; }

    /// <summary>
    /// Tokens that texts are cut to, or a running text into, where <see cref="Hyper"/> does not say so: when only measuring. Absent: as many as the
    /// model takes. Since version 3.
    /// </summary>
    public int? MaxTokens { get; init; }

    /// <summary>
    /// Whether the result says how many examples of each class it was trained on. Since version 3: an agent tells nobody who does not ask.
    /// </summary>
    public bool ClassCounts { get; init; }

    /// <summary>
    /// Whether each agent has a head of its own for <see cref="Labels"/>, which is in no adapter that is sent: it starts from that of its last
    /// accepted round (an untrained one before that), and keeps what it trains. <see cref="LoraSpec.ModulesToSave"/> then names none. Since version
    /// 6.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool PersonalHead { get; init; }

    /// <summary>
    /// Whether agents keep control variates (arXiv 1910.06378) and take what <see cref="Control"/> differs from their own off their steps. Since
    /// version 6.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool ControlVariates { get; init; }

    /// <summary>
    /// The mean of all agents' control variates: an <c>fp32</c> body of <see cref="Adapter"/>'s shape, each value what a step goes on average with a
    /// rate of 1, times the number of steps. Absent in the first round, and where there are none.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public BlobClaim? Control { get; init; }

    /// <summary>
    /// Whether the agent trains one adapter more beside the task's, from where its first task of the run began and with the same steps but nobody
    /// else's work: what the published one has to be better than at the end. Since version 6.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool TrainAlone { get; init; }

    /// <summary>
    /// Name of the agent's data set that the task is about; absent: the only one that it has for the task. An agent that knows no names has one
    /// data set only.
    /// </summary>
    public string? DataSet { get; init; }

    /// <summary>
    /// With <see cref="TaskKind.Evaluate"/>: whether the adapter is the one that the run publishes. A trainer then holds it against the best
    /// that it trained itself and keeps the better; see <see cref="Results.ResultMetrics.KeepsOwn"/>. Since version 6.
    /// </summary>
    public bool Published { get; init; }

    /// <summary>Whether measuring counts held-out examples by label; see <see cref="Results.ResultMetrics.ByLabel"/>. Since version 6.</summary>
    public bool LabelCounts { get; init; }
}

/// <summary>What a task asks for.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(System.Text.Json.Serialization.JsonStringEnumConverter<TaskKind>))]
public enum TaskKind
{
    /// <summary>Train the adapter on private data and send it back.</summary>
    Train,

    /// <summary>Measure the global adapter on held-out data; nothing but figures is sent back.</summary>
    Evaluate,
}

/// <summary>Shape and kind of the adapter, as PEFT names them.</summary>
public sealed record LoraSpec
{
    public required int Rank { get; init; }

    public required double Alpha { get; init; }

    /// <summary><c>Lora</c>, <c>RsLora</c>, <c>Dora</c> or <c>Hira</c>.</summary>
    public required string Variant { get; init; }

    /// <summary>Endings of the names of adapted modules.</summary>
    public required IReadOnlyList<string> TargetModules { get; init; }

    /// <summary>Modules trained in full and sent along.</summary>
    public required IReadOnlyList<string> ModulesToSave { get; init; }
}

/// <summary>How an agent trains in one task.</summary>
public sealed record HyperParameters
{
    /// <summary>Peak learning rate.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Optimiser steps.</summary>
    public required int Steps { get; init; }

    /// <summary>Examples per batch.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Tokens a text is cut to, or a running text into.</summary>
    public required int MaxTokens { get; init; }

    public double WeightDecay { get; init; }

    /// <summary>Gradient norm above which gradients are scaled down; 0: off.</summary>
    public double ClipNorm { get; init; }

    /// <summary>Fraction of the steps over which the rate rises.</summary>
    public double WarmupFraction { get; init; }

    /// <summary>Whether the rate then falls linearly to 0.</summary>
    public bool LinearDecay { get; init; }

    /// <summary>Whether the rate then falls along half a cosine wave to 0; not with <see cref="LinearDecay"/>. Since version 3.</summary>
    public bool CosineDecay { get; init; }

    /// <summary>Batches whose gradients are summed for one step. Since version 3.</summary>
    public int Accumulate { get; init; } = 1;

    /// <summary>Stochastic gradient descent; absent: AdamW. Since version 3.</summary>
    public SgdSettings? Sgd { get; init; }

    /// <summary>τ of logit adjustment (arXiv 2007.07314), by which an agent does not learn which labels are frequent with it; 0: off.</summary>
    public double LogitAdjustment { get; init; }

    /// <summary>
    /// μ of FedProx (arXiv 1812.06127): μ·(value − value at the start of the task) is added to every gradient; 0: off. Since version 6.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double Proximal { get; init; }

    /// <summary>Seed of batch order; the agent trains the same bits whenever it repeats the task.</summary>
    public required ulong Seed { get; init; }
}

using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Tasks;
using EdgeFlora.EdgeAgent.Training;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Tokenizers;

namespace EdgeFlora.EdgeAgent.Data;

/// <summary>Labelled texts, or pairs of texts.</summary>
internal sealed class LabelledData : PrivateData
{
    private readonly LabelledDataSet? own;
    private readonly LabelledDataSet? central;
    private readonly AgentData split;

    private LabelledData(LabelledDataSet? own, LabelledDataSet? central, AgentData split)
    {
        this.own = own;
        this.central = central;
        this.split = split;
        Sha256 = Hash(own?.Sha256, central?.Sha256, split.HeldOut.Count);
    }

    public override LearningTask Task => LearningTask.Classification;

    public override int Training => split.Training.Count;

    public override int HeldOut => split.HeldOut.Count;

    public override string Sha256 { get; }

    /// <exception cref="InvalidDataException">A file is damaged; the message names file and line.</exception>
    public static LabelledData Read(AgentOptions options)
    {
        LabelledDataSet? own = options.DataFile is { Length: > 0 } file ? LabelledDataSet.Read(file) : null;
        LabelledDataSet? central = options.HeldOutFile is { Length: > 0 } heldOut ? LabelledDataSet.Read(heldOut) : null;
        AgentData split = central is null
            ? AgentData.Split(own!.Examples, options.HeldOutFraction, options.HeldOutSeed)
            : new AgentData(own?.Examples ?? [], central.Examples);
        return new LabelledData(own, central, split);
    }

    public override int CountSpecialTokens(ITokenizer tokenizer) => split.Training.Concat(split.HeldOut)
        .Sum(example => tokenizer.CountSpecialTokens(example.Text) + tokenizer.CountSpecialTokens(example.TextPair ?? ""));

    public override ILocalTask For(TaskOffer offer, BaseModel model, int maxTokens) => new ClassificationTask(
        offer.Labels,
        offer.Kind == TaskKind.Train ? Renumbered(split.Training, own?.Labels ?? [], offer.Labels) : [],
        Renumbered(split.HeldOut, (central ?? own)!.Labels, offer.Labels));

    protected override void RequireDetails(TaskOffer offer)
    {
        // JSON can say null where the contract says "required".
        if (offer.Labels is not { Count: > 0 })
        {
            throw new DeclinedException(DeclineReason.Contract, "The task is classification, but names no labels.");
        }

        if ((own?.Labels ?? []).Concat(central?.Labels ?? []).Except(offer.Labels, StringComparer.Ordinal).Order(StringComparer.Ordinal).FirstOrDefault() is { } label)
        {
            throw new DeclinedException(DeclineReason.NoData, $"The data has the label '{label}', which is not among the task's {offer.Labels.Count} labels.");
        }
    }

    private static IReadOnlyList<Example> Renumbered(IReadOnlyList<Example> examples, IReadOnlyList<string> from, IReadOnlyList<string> to)
    {
        var index = to.Select((label, i) => (label, i)).ToDictionary(pair => pair.label, pair => pair.i, StringComparer.Ordinal);
        return [.. examples.Select(example => example with { Label = index[from[example.Label]] })];
    }
}

using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.LearningTasks;
using EdgeFlora.EdgeAgent.Options;
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

    private LabelledData(DataSetOptions options, LabelledDataSet? own, LabelledDataSet? central, AgentData split)
        : base(options)
    {
        this.own = own;
        this.central = central;
        this.split = split;
        Sha256 = Hash(own?.Sha256, central?.Sha256, split.HeldOut.Count);
        Labels = [.. (own?.Labels ?? []).Concat(central?.Labels ?? []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    public override int Training => split.Training.Count;

    public override int HeldOut => split.HeldOut.Count;

    public override IReadOnlyList<string> Labels { get; }

    public override string Sha256 { get; }

    /// <exception cref="InvalidDataException">A file is damaged; the message names file and line.</exception>
    public static LabelledData Read(DataSetOptions options)
    {
        LabelledDataSet? own = options.Files.Count > 0 ? Joined([.. options.Files.Select(file => ReadFile(file, options))]) : null;
        LabelledDataSet? central = options.HeldOutFile is { Length: > 0 } heldOut ? ReadFile(heldOut, options) : null;
        AgentData split = central is null
            ? AgentData.Split(own!.Examples, options.HeldOutFraction, options.HeldOutSeed)
            : new AgentData(own?.Examples ?? [], central.Examples);
        return new LabelledData(options, own, central, split);
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

        if (Labels.FirstOrDefault(label => !offer.Labels.Contains(label, StringComparer.Ordinal)) is { } label)
        {
            throw new DeclinedException(
                DeclineReason.NoData, $"The data has the label '{label}', which is not among the task's {offer.Labels.Count} labels.");
        }
    }

    private static LabelledDataSet ReadFile(string file, DataSetOptions options)
    {
        LabelledDataSet set = LabelledDataSet.Read(file, options.Columns, options.Labels.Count > 0 ? options.Labels : null);
        return options.Task != DataSetTask.Pairs || set.Examples[0].TextPair is not null
            ? set
            : throw new InvalidDataException(
                $"{file}: the rows have no column \"{options.Columns.TextPair}\"; the data set '{options.Name}' is of pairs, "
                    + $"so every row should have one.");
    }

    /// <summary>Several files as one, with the labels of all.</summary>
    /// <exception cref="InvalidDataException">Some are pairs and others are not.</exception>
    private static LabelledDataSet Joined(IReadOnlyList<LabelledDataSet> files)
    {
        if (files.Count == 1)
        {
            return files[0];
        }

        if (files.Select(file => file.Examples[0].TextPair is null).Distinct().Count() > 1)
        {
            throw new InvalidDataException("The files of a data set should all hold pairs, or none of them.");
        }

        string[] labels = [.. files.SelectMany(file => file.Labels).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return new LabelledDataSet(
            labels,
            [.. files.SelectMany(file => Renumbered(file.Examples, file.Labels, labels))],
            Keys: null,
            Hash([.. files.Select(file => file.Sha256)]));
    }

    private static IReadOnlyList<Example> Renumbered(IReadOnlyList<Example> examples, IReadOnlyList<string> from, IReadOnlyList<string> to)
    {
        var index = to.Select((label, i) => (label, i)).ToDictionary(pair => pair.label, pair => pair.i, StringComparer.Ordinal);
        return [.. examples.Select(example => example with { Label = index[from[example.Label]] })];
    }
}

using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.LearningTasks;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Tokenizers;

namespace EdgeFlora.EdgeAgent.Data;

/// <summary>
/// Texts, completions of prompts, or one running text, which counts as one example until a task says into how long blocks it is cut.
/// </summary>
internal sealed class LanguageData : PrivateData
{
    private readonly LanguageDataSet? training;
    private readonly LanguageDataSet? heldOut;

    private LanguageData(DataSetOptions options, LanguageDataSet? training, LanguageDataSet? heldOut)
        : base(options)
    {
        this.training = training;
        this.heldOut = heldOut;
        Sha256 = Hash(training?.Sha256, heldOut?.Sha256, HeldOut);
    }

    public override int Training => training?.Examples.Count ?? 0;

    public override int HeldOut => heldOut?.Examples.Count ?? 0;

    public override IReadOnlyList<string> Labels => [];

    public override string Sha256 { get; }

    /// <exception cref="InvalidDataException">A file is damaged; the message names file and line.</exception>
    public static LanguageData Read(DataSetOptions options)
    {
        LanguageDataSet? own = options.Files.Count > 0
            ? Joined([.. options.Files.Select(file => LanguageDataSet.Read(file, options.LanguageColumns))])
            : null;
        if (options.HeldOutFile is { Length: > 0 } central)
        {
            return new LanguageData(options, own, LanguageDataSet.Read(central, options.LanguageColumns));
        }

        if (options.HeldOutFraction == 0 || !own!.CanSplit)
        {
            return new LanguageData(options, own, null);
        }

        (LanguageDataSet kept, LanguageDataSet measured) = own.Split(options.HeldOutFraction, options.HeldOutSeed);
        return new LanguageData(options, kept, measured);
    }

    public override int CountSpecialTokens(ITokenizer tokenizer) =>
        (training?.CountSpecialTokens(tokenizer) ?? 0) + (heldOut?.CountSpecialTokens(tokenizer) ?? 0);

    public override ILocalTask For(TaskOffer offer, BaseModel model, int maxTokens) =>
        new LanguageTask(offer.Kind == TaskKind.Train ? Encode(training, model, maxTokens) : [], Encode(heldOut, model, maxTokens));

    protected override void RequireDetails(TaskOffer offer)
    {
        if (offer.Labels is { Count: > 0 })
        {
            throw new DeclinedException(DeclineReason.Contract, $"The task is a language model, but names {offer.Labels.Count} labels.");
        }

        if (offer.ClassCounts)
        {
            throw new DeclinedException(DeclineReason.Contract, "The task is a language model, but asks for examples by class.");
        }

        if (offer.Hyper is { LogitAdjustment: not 0 })
        {
            throw new DeclinedException(
                DeclineReason.Contract, "The task is a language model, but asks for logit adjustment, which belongs to classification.");
        }
    }

    /// <summary>Several files of rows as one.</summary>
    /// <exception cref="InvalidDataException">One of them is a running text.</exception>
    private static LanguageDataSet Joined(IReadOnlyList<LanguageDataSet> files) => files switch
    {
        [var only] => only,
        _ when files.Any(file => file.Running) => throw new InvalidDataException(
            "A running text (.txt) is a data set of its own; give other files another data set."),
        _ => new LanguageDataSet([.. files.SelectMany(file => file.Examples)], Running: false, Hash([.. files.Select(file => file.Sha256)])),
    };

    private static IReadOnlyList<LanguageSequence> Encode(LanguageDataSet? data, BaseModel model, int maxTokens)
    {
        try
        {
            return data is null ? [] : LanguageSequence.Encode(model.Tokenizer, data, maxTokens);
        }
        catch (InvalidDataException misfit)
        {
            throw new DeclinedException(DeclineReason.NoData, $"{misfit.Message} Let the run read more tokens of a text, or shorten the prompt.");
        }
    }
}

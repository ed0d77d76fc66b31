using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Tasks;
using EdgeFlora.EdgeAgent.Training;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Tokenizers;

namespace EdgeFlora.EdgeAgent.Data;

/// <summary>Texts, completions of prompts, or one running text, which counts as one example until a task says into how long blocks it is cut.</summary>
internal sealed class LanguageData : PrivateData
{
    private readonly LanguageDataSet? training;
    private readonly LanguageDataSet? heldOut;

    private LanguageData(LanguageDataSet? training, LanguageDataSet? heldOut)
    {
        this.training = training;
        this.heldOut = heldOut;
        Sha256 = Hash(training?.Sha256, heldOut?.Sha256, HeldOut);
    }

    public override LearningTask Task => LearningTask.LanguageModel;

    public override int Training => training?.Examples.Count ?? 0;

    public override int HeldOut => heldOut?.Examples.Count ?? 0;

    public override string Sha256 { get; }

    /// <exception cref="InvalidDataException">A file is damaged; the message names file and line.</exception>
    public static LanguageData Read(AgentOptions options)
    {
        LanguageDataSet? own = options.DataFile is { Length: > 0 } file ? LanguageDataSet.Read(file) : null;
        if (options.HeldOutFile is { Length: > 0 } central)
        {
            return new LanguageData(own, LanguageDataSet.Read(central));
        }

        if (options.HeldOutFraction == 0 || !own!.CanSplit)
        {
            return new LanguageData(own, null);
        }

        (LanguageDataSet kept, LanguageDataSet measured) = own.Split(options.HeldOutFraction, options.HeldOutSeed);
        return new LanguageData(kept, measured);
    }

    public override int CountSpecialTokens(ITokenizer tokenizer) => (training?.CountSpecialTokens(tokenizer) ?? 0) + (heldOut?.CountSpecialTokens(tokenizer) ?? 0);

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
            throw new DeclinedException(DeclineReason.Contract, "The task is a language model, but asks for logit adjustment, which belongs to classification.");
        }
    }

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

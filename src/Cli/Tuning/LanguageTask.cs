using System.Globalization;
using EdgeFlora.Adapters;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Cli.Tuning;

/// <summary>Writing texts, or completions of prompts.</summary>
internal sealed class LanguageTask : ITuningTask
{
    private readonly IReadOnlyList<LanguageSequence> training;
    private readonly IReadOnlyList<LanguageSequence> heldOut;
    private readonly IReadOnlyList<LanguageDataSet> read;

    private LanguageTask(
        IReadOnlyList<LanguageSequence> training, IReadOnlyList<LanguageSequence> heldOut, params IReadOnlyList<LanguageDataSet> read)
    {
        this.training = training;
        this.heldOut = heldOut;
        this.read = read;
    }

    public string PeftName => "CAUSAL_LM";

    public IReadOnlyList<string>? Labels => null;

    public int Training => training.Count;

    public int HeldOut => heldOut.Count;

    /// <summary>Reads data to train on, and to measure on.</summary>
    /// <param name="maxTokens">Tokens a text is cut to, or a running text into.</param>
    /// <param name="seed">Seed of the split.</param>
    /// <exception cref="InputException">The data does not suit the task.</exception>
    /// <exception cref="InvalidDataException">A file is damaged; the message names file and line.</exception>
    public static LanguageTask ForTraining(TaskSettings settings, BaseModel model, int maxTokens, ulong seed)
    {
        LanguageDataSet own = LanguageDataSet.Read(settings.Data, settings.LanguageColumns);
        if (settings.HeldOut is { } file)
        {
            LanguageDataSet other = LanguageDataSet.Read(file, settings.LanguageColumns);
            return new LanguageTask(Encode(settings.Data, own, model, maxTokens), Encode(file, other, model, maxTokens), own, other);
        }

        if (settings.HeldOutFraction == 0)
        {
            return new LanguageTask(Encode(settings.Data, own, model, maxTokens), [], own);
        }

        if (!own.CanSplit)
        {
            throw new InputException($"--data is '{settings.Data}', which has one text; it takes two to measure on a part, or --held-out-fraction 0");
        }

        (LanguageDataSet kept, LanguageDataSet measured) = own.Split(settings.HeldOutFraction, seed);
        return new LanguageTask(Encode(settings.Data, kept, model, maxTokens), Encode(settings.Data, measured, model, maxTokens), own);
    }

    /// <summary>Reads data to measure on.</summary>
    /// <inheritdoc cref="ForTraining" path="/exception"/>
    public static LanguageTask ForMeasuring(TaskSettings settings, BaseModel model, int maxTokens)
    {
        LanguageDataSet measured = LanguageDataSet.Read(settings.Data, settings.LanguageColumns);
        return new LanguageTask([], Encode(settings.Data, measured, model, maxTokens), measured);
    }

    public int CountSpecialTokens(BaseModel model) => read.Sum(data => data.CountSpecialTokens(model.Tokenizer));

    public ITraining Start(IEngine engine, BaseModel model, LoraAdapter adapter, TrainingPlan plan) =>
        engine.StartLanguage(model, adapter, training, plan);

    public TaskMetrics Measure(ITraining training, Action<int> progress, CancellationToken stop)
    {
        LanguageMetrics metrics = LanguageMeasurement.Measure((ILanguageTuning)training, heldOut, progress, stop);
        return new TaskMetrics(metrics, string.Create(
            CultureInfo.InvariantCulture,
            $"{metrics.Tokens} tokens: loss {metrics.Loss:0.0000}, bits per byte {metrics.BitsPerByte:0.0000}, "
                + $"perplexity {metrics.Perplexity:0.00}"));
    }

    private static IReadOnlyList<LanguageSequence> Encode(string file, LanguageDataSet data, BaseModel model, int maxTokens)
    {
        try
        {
            return LanguageSequence.Encode(model.Tokenizer, data, maxTokens);
        }
        catch (InvalidDataException misfit)
        {
            throw new InputException($"{file}: {misfit.Message.TrimEnd('.')}; make room with --max-tokens or shorten the prompt", misfit);
        }
    }
}

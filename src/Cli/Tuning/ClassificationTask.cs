using System.Globalization;
using EdgeFlora.Adapters;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Cli.Tuning;

/// <summary>Labels for texts, or for pairs of texts.</summary>
internal sealed class ClassificationTask : ITuningTask
{
    /// <summary>Texts between two reports of progress while measuring.</summary>
    private const int Portion = 256;

    private readonly IReadOnlyList<string> labels;
    private readonly AgentData data;

    private ClassificationTask(IReadOnlyList<string> labels, AgentData data)
    {
        this.labels = labels;
        this.data = data;
    }

    public string PeftName => "SEQ_CLS";

    public IReadOnlyList<string> Labels => labels;

    public int Training => data.Training.Count;

    public int HeldOut => data.HeldOut.Count;

    /// <summary>Reads data to train on, and to measure on.</summary>
    /// <param name="known">Labels of the adapter that training begins with, if there is one.</param>
    /// <param name="seed">Seed of the split.</param>
    /// <exception cref="InputException">The data does not suit the task.</exception>
    /// <exception cref="InvalidDataException">A file is damaged; the message names file and line.</exception>
    public static ClassificationTask ForTraining(TaskSettings settings, IReadOnlyList<string>? known, ulong seed)
    {
        if (settings.Labels is { } given)
        {
            LabelOrder.Require(given, known, "--init is an adapter");
        }

        LabelledDataSet own = Read(settings, settings.Data, settings.Labels ?? known);
        if (own.Labels.Count < 2)
        {
            throw new InputException(
                $"--data is '{settings.Data}', whose one label is '{own.Labels[0]}'; there is something to learn from two on (or name all "
                    + $"with --labels)");
        }

        AgentData data = settings.HeldOut is { } file
            ? new AgentData(own.Examples, Read(settings, file, own.Labels).Examples)
            : AgentData.Split(own.Examples, settings.HeldOutFraction, seed);
        return new ClassificationTask(own.Labels, data);
    }

    /// <summary>Reads data to measure on.</summary>
    /// <inheritdoc cref="ForTraining" path="/exception"/>
    public static ClassificationTask ForMeasuring(TaskSettings settings, IReadOnlyList<string> labels) =>
        new(labels, new AgentData([], Read(settings, settings.Data, labels).Examples));

    public int CountSpecialTokens(BaseModel model) => data.Training.Concat(data.HeldOut)
        .Sum(example => model.Tokenizer.CountSpecialTokens(example.Text) + model.Tokenizer.CountSpecialTokens(example.TextPair ?? ""));

    public ITraining Start(IEngine engine, BaseModel model, LoraAdapter adapter, TrainingPlan plan) =>
        engine.Start(model, adapter, labels, data.Training, plan);

    public TaskMetrics Measure(ITraining training, Action<int> progress, CancellationToken stop)
    {
        var tuning = (IFineTuning)training;
        var probabilities = new List<float[]>(HeldOut);
        foreach (Example[] portion in data.HeldOut.Chunk(Portion))
        {
            probabilities.AddRange(tuning.Predict(portion, stop));
            progress(probabilities.Count);
        }

        ClassificationMetrics metrics = Scoring.Score(probabilities, [.. data.HeldOut.Select(example => example.Label)]);
        return new TaskMetrics(metrics, string.Create(
            CultureInfo.InvariantCulture,
            $"{metrics.Examples} examples: loss {metrics.Loss:0.0000}, accuracy {metrics.Accuracy:0.0000}, macro-F1 {metrics.MacroF1:0.0000}, "
                + $"Matthews {metrics.Matthews:0.0000}"));
    }

    private static LabelledDataSet Read(TaskSettings settings, string file, IReadOnlyList<string>? labels)
    {
        LabelledDataSet read = LabelledDataSet.Read(file, settings.Columns, labels);
        bool pairs = read.Examples[0].TextPair is not null;
        return pairs == (settings.Name == TaskSettings.Pairs)
            ? read
            : throw new InputException(pairs
                ? $"{file} has the column '{settings.Columns.TextPair}', but --task is {settings.Name}; "
                    + $"say --task {TaskSettings.Pairs} (or name another column with --pair-column to leave it out)"
                : $"{file} lacks the column '{settings.Columns.TextPair}', but --task is {settings.Name}; "
                    + $"name the column of the second text with --pair-column");
    }
}

using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Learning.Corpus;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Demo;

namespace EdgeFlora.Experiments.Shares;

/// <summary>The texts of an experiment before they are dealt out. For one thread at a time.</summary>
public sealed class TextPool
{
    private readonly Func<ulong, (IReadOnlyList<Example> Training, IReadOnlyList<Example> Test)> texts;

    // Dividing the demo's texts takes a second.
    private readonly Dictionary<ulong, (IReadOnlyList<Example> Training, IReadOnlyList<Example> Test)> known = [];

    private TextPool(string name, IReadOnlyList<string> labels, Func<ulong, (IReadOnlyList<Example> Training, IReadOnlyList<Example> Test)> texts)
    {
        Name = name;
        Labels = labels;
        this.texts = texts;
    }

    /// <summary>For people.</summary>
    public string Name { get; }

    /// <summary>Names of the classes.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>The demo's texts, out of the .NET SDK's documentation; each seed has its own test set of them.</summary>
    /// <exception cref="InvalidDataException">The corpus is not the SDK's.</exception>
    public static TextPool Demo(SdkCorpus corpus)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        return new TextPool($".NET documentation {corpus.Version}", DemoTask.Create(corpus, 0).Labels, seed =>
        {
            var task = DemoTask.Create(corpus, seed);
            return (task.Training, task.Test);
        });
    }

    /// <summary>Texts from files.</summary>
    /// <exception cref="InvalidDataException">A file is not as it should be; the message begins FILE:LINE.</exception>
    public static TextPool Read(DataFiles files)
    {
        ArgumentNullException.ThrowIfNull(files);
        LabelledDataSet training = LabelledDataSet.Read(files.Train);
        LabelledDataSet test = LabelledDataSet.Read(files.Test, labels: training.Labels);
        string name = Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(files.Train))!);
        return new TextPool(name, training.Labels, _ => (training.Examples, test.Examples));
    }

    /// <summary>Training texts of the seed that has fewest.</summary>
    public int SmallestTraining(Experiment experiment)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        return experiment.Seeds.Min(seed => Of(seed, experiment.MostTraining, experiment.MostTest).Training.Count);
    }

    internal (int Training, int Test) Counts(ulong seed, int mostTraining, int mostTest) =>
        Of(seed, mostTraining, mostTest) is var (training, test) ? (training.Count, test.Count) : default;

    /// <summary>What a seed's repetitions train and are measured on.</summary>
    internal (IReadOnlyList<Example> Training, IReadOnlyList<Example> Test) Of(ulong seed, int mostTraining, int mostTest)
    {
        if (!known.TryGetValue(seed, out (IReadOnlyList<Example> Training, IReadOnlyList<Example> Test) all))
        {
            all = texts(seed);
            known.Add(seed, all);
        }

        (IReadOnlyList<Example> training, IReadOnlyList<Example> test) = all;
        return (
            Drawn(training, mostTraining, SeededRandom.For(seed, "experiment-training")),
            Drawn(test, mostTest, SeededRandom.For(seed, "experiment-test")));
    }

    private static IReadOnlyList<Example> Drawn(IReadOnlyList<Example> examples, int most, SeededRandom random)
    {
        if (most <= 0 || most >= examples.Count)
        {
            return examples;
        }

        int[] order = [.. Enumerable.Range(0, examples.Count)];
        random.Shuffle<int>(order);
        return [.. order[..most].Order().Select(i => examples[i])];
    }
}

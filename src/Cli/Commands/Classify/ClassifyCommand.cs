using System.CommandLine;
using System.Globalization;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Cli.Commands.Classify;

/// <summary><c>edgeflora classify</c>: what a finished adapter says about texts.</summary>
internal sealed class ClassifyCommand : Command
{
    private readonly Option<string> adapter = new("--adapter")
    {
        Description = "Folder of the adapter in PEFT layout, as a run writes it; without it the model's own head, as merge writes it",
        HelpName = "DIR",
    };
    private readonly Option<string> model = ModelOption.Create();
    private readonly Option<string> weights = WeightsOption.Create();
    private readonly Option<string> baseDelta = BaseDeltaOption.Create();
    private readonly Option<string> labels = new("--labels")
    {
        Description = "Names of the classes, if adapter or model do not hold them: separated by commas, or a file with one a line",
        HelpName = "NAMES",
    };
    private readonly Option<int> top = Ranged.Number("--top", "Most likely labels shown for each text", "labels", 1, 1000, 3);
    private readonly Option<string> specialTokens = SpecialTokensOption.Create();
    private readonly Argument<string[]> texts = new("text") { Description = "Texts to classify; one per argument", Arity = ArgumentArity.OneOrMore };

    public ClassifyCommand()
        : base("classify", "Say what label a finished adapter, or a model with a head of its own, gives to a text, and how sure it is.")
    {
        foreach (Option option in new Option[] { adapter, model, weights, baseDelta, labels, top, specialTokens })
        {
            Options.Add(option);
        }

        Arguments.Add(texts);
        SetAction((parsed, stop) => Task.FromResult(Run(parsed, stop)));
    }

    private int Run(ParseResult parsed, CancellationToken stop)
    {
        string? folder = parsed.GetValue(adapter);
        string[] asked = parsed.GetRequiredValue(texts);
        if (asked.FirstOrDefault(string.IsNullOrWhiteSpace) is not null)
        {
            throw new InputException("text is empty; give one text per argument");
        }

        var tuned = Tuned.Load(
            parsed.GetRequiredValue(model),
            WeightsOption.Storage(parsed.GetRequiredValue(weights)),
            folder,
            parsed.GetValue(baseDelta),
            classifies: true)
            .WithSpecialTokens(SpecialTokensOption.Matched(parsed.GetRequiredValue(specialTokens), language: false));
        ModelOption.Print(tuned.Model.Folder, parsed.InvocationConfiguration.Error);
        IReadOnlyList<string> names = tuned.Names(parsed.GetValue(labels) is { } given ? LabelList.Parse(given) : null);
        foreach ((string text, float[] chances) in asked.Zip(Predict(tuned, folder, names, asked, stop)))
        {
            parsed.InvocationConfiguration.Output.WriteLine(Line(text, chances, names, parsed.GetValue(top)));
        }

        return ExitCode.Done;
    }

    private static float[][] Predict(Tuned tuned, string? folder, IReadOnlyList<string> names, string[] asked, CancellationToken stop)
    {
        try
        {
            var plan = new TrainingPlan { Steps = 1, BatchSize = 1, LearningRate = 1e-3, MaxTokens = tuned.Model.MaxTokens, Seed = 0 };
            using IFineTuning session = new PortableEngine().Start(tuned.Model, tuned.Adapter, names, [], plan);
            return session.Predict([.. asked.Select(text => new Example(text, null, 0))], stop);
        }
        catch (ArgumentException misfit)
        {
            throw InputException.Of(
                misfit, "adapter, model and labels do not fit together: ", folder is null ? "" : AdapterOrigin.Note(folder, tuned.Model.Folder));
        }
    }

    private static string Line(string text, float[] chances, IReadOnlyList<string> names, int top)
    {
        IEnumerable<string> likely = chances.Select((chance, i) => (chance, name: names[i]))
            .OrderByDescending(label => label.chance).ThenBy(label => label.name, StringComparer.Ordinal).Take(top)
            .Select(label => string.Create(CultureInfo.InvariantCulture, $"{label.name} {label.chance:0.000}"));
        return SafeText.OneLine($"{string.Join("  ", likely)}  | {text}");
    }
}

using System.CommandLine;
using System.Globalization;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Cli.Classify;

/// <summary><c>edgeflora classify</c>: what a finished adapter says about texts.</summary>
internal sealed class ClassifyCommand : Command
{
    private readonly Option<string> adapter = new("--adapter") { Description = "Folder of the adapter in PEFT layout, as a run writes it", HelpName = "DIR", Required = true };
    private readonly Option<string> model = ModelOption.Create();
    private readonly Option<string> weights = WeightsOption.Create();
    private readonly Option<string> baseDelta = BaseDeltaOption.Create();
    private readonly Option<string> labels = new("--labels") { Description = "Names of the classes, if the adapter does not hold them: separated by commas, or a file with one a line", HelpName = "NAMES" };
    private readonly Option<int> top = Ranged.Number("--top", "Most likely labels shown for each text", "labels", 1, 1000, 3);
    private readonly Option<string> specialTokens = SpecialTokensOption.Create();
    private readonly Argument<string[]> texts = new("text") { Description = "Texts to classify; one per argument", Arity = ArgumentArity.OneOrMore };

    public ClassifyCommand()
        : base("classify", "Say what label a finished adapter gives to a text, and how sure it is.")
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
        string folder = parsed.GetRequiredValue(adapter);
        string[] asked = parsed.GetRequiredValue(texts);
        if (!Directory.Exists(folder))
        {
            throw new InputException($"--adapter is '{folder}', which is no folder; give one with adapter_config.json and adapter_model.safetensors");
        }

        if (asked.FirstOrDefault(string.IsNullOrWhiteSpace) is not null)
        {
            throw new InputException("text is empty; give one text per argument");
        }

        LoraAdapter trained = PeftFolder.Read(folder);
        IReadOnlyList<string> names = parsed.GetValue(labels) is { } given ? LabelList.Parse(given) : PeftFolder.ReadLabels(folder)
            ?? throw new InputException($"--adapter is '{folder}', which does not hold the names of its labels; give them with --labels");
        BaseModel plain = BaseModel.Load(ModelOption.Check(parsed.GetRequiredValue(model)), WeightsOption.Storage(parsed.GetRequiredValue(weights)));
        BaseModel basis = BaseDeltaOption.Apply(plain, folder, parsed.GetValue(baseDelta))
            .WithSpecialTokens(SpecialTokensOption.Matched(parsed.GetRequiredValue(specialTokens), language: false));
        foreach ((string text, float[] chances) in asked.Zip(Predict(basis, trained, names, asked, stop)))
        {
            parsed.InvocationConfiguration.Output.WriteLine(Line(text, chances, names, parsed.GetValue(top)));
        }

        return ExitCode.Done;
    }

    private static float[][] Predict(BaseModel basis, LoraAdapter trained, IReadOnlyList<string> names, string[] asked, CancellationToken stop)
    {
        try
        {
            var plan = new TrainingPlan { Steps = 1, BatchSize = 1, LearningRate = 1e-3, MaxTokens = basis.MaxTokens, Seed = 0 };
            using IFineTuning session = new PortableEngine().Start(basis, trained, names, [], plan);
            return session.Predict([.. asked.Select(text => new Example(text, null, 0))], stop);
        }
        catch (ArgumentException misfit)
        {
            throw new InputException($"adapter, model and labels do not fit together: {misfit.Message}", misfit);
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

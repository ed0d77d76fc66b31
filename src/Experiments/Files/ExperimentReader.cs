using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Specs.Documents;
using EdgeFlora.Coordinator.Specs.Reading;
using EdgeFlora.Coordinator.Specs.Sections;
using EdgeFlora.Coordinator.Specs.Settings;

namespace EdgeFlora.Experiments.Files;

/// <summary>Reads experiment files, YAML or JSON, and finds every mistake in them at once.</summary>
public static class ExperimentReader
{
    private const string Right = "a JSONL, CSV or TSV file with the columns text and label";

    /// <param name="text">UTF-8, with or without a byte order mark.</param>
    /// <param name="file">As the user names it, for messages; files and folders that it names are looked for from its folder on.</param>
    public static ExperimentReading Read(ReadOnlySpan<byte> text, string file)
    {
        ArgumentNullException.ThrowIfNull(file);
        SpecSection document;
        try
        {
            document = SpecDocument.Read(text, file, "the experiment", "methods: [FedIT, FloraNA]");
        }
        catch (SpecSyntaxException broken)
        {
            return new ExperimentReading(null, [broken.Mistake]);
        }

        var values = new SettingValues(file);
        new SettingCollector(values, ExperimentSections.Top, ExperimentSections.Named, "an experiment").Collect(document);
        Experiment experiment = Compose(values, Path.GetDirectoryName(Path.GetFullPath(file))!);
        return values.HasMistakes ? new ExperimentReading(null, values.Mistakes) : new ExperimentReading(experiment, []);
    }

    private static Experiment Compose(SettingValues values, string folder)
    {
        values.RefuseIdle(
            "beside methods, which name strategies and server steps",
            AggregationSections.Strategy,
            AggregationSections.PaperLiteral,
            AggregationSections.ServerStep);
        RefuseBoth(values, ExperimentSections.Rank, LoraSection.Rank);
        RefuseBoth(values, ExperimentSections.Steps, TrainingSection.Steps);
        if (!values.Has(ExperimentSections.Methods) && !values.WasRefused(ExperimentSections.Methods))
        {
            values.Refuse(ExperimentSections.Methods, $"methods is missing; it must be {ExperimentSections.Methods.Type.Right}");
        }

        LoraOptions lora = LoraSection.Read(values);
        TrainingOptions training = TrainingSection.Read(values);
        var experiment = new Experiment
        {
            Name = values.Of(ExperimentSections.Name)!,
            Note = values.Of(ExperimentSections.Note),
            Model = FolderOf(values, folder),
            Data = FilesOf(values, folder),
            MostTraining = values.Of(ExperimentSections.MostTraining),
            MostTest = values.Of(ExperimentSections.MostTest),
            HeldOut = values.Of(ExperimentSections.HeldOut),
            Seeds = values.Of(ExperimentSections.Seeds),
            Rounds = values.Of(ExperimentSections.Rounds),
            Methods = values.Of(ExperimentSections.Methods),
            Regimes = [.. RegimesOf(values, lora, training)],
            Baselines = values.Of(ExperimentSections.Baselines),
            Lora = lora,
            Training = training,
            // Momentum may be given for the methods that carry something on; it makes no other of the fixed ones.
            Aggregation = AggregationSections.Read(values) with { ServerRate = values.Of(AggregationSections.ServerRate) ?? RunDefaults.ServerRate },
        };
        Complain(experiment, values);
        return experiment;
    }

    private static IEnumerable<Regime> RegimesOf(SettingValues values, LoraOptions lora, TrainingOptions training) =>
        from agents in values.Of(ExperimentSections.Agents)
        from alpha in values.Of(ExperimentSections.Alpha)
        from share in values.Of(ExperimentSections.Share)
        from rank in values.Of(ExperimentSections.Rank) ?? [lora.Rank]
        from steps in values.Of(ExperimentSections.Steps) ?? [training.Steps]
        from shared in values.Of(ExperimentSections.SharedA)
        select new Regime(agents, alpha, share, rank, steps) { SharedA = shared };

    /// <summary>What does not go together, in a method's or the experiment's settings.</summary>
    private static void Complain(Experiment experiment, SettingValues values)
    {
        var plain = new Method("FedIT", "FedIT", PaperLiteral: false, Step: null, Rate: null);
        string[] common = [.. Problems(plain)];
        OptionComplaints.Add(common, values);
        foreach (Method method in experiment.Methods)
        {
            foreach (string problem in Problems(method).Except(common))
            {
                values.Refuse(ExperimentSections.Methods, $"methods has {method.Name}: {problem.TrimEnd('.')}");
            }
        }

        if (experiment.Regimes.Any(regime => !regime.SharedA)
            && experiment.Methods.FirstOrDefault(method => OptionsOf(method).Training.ControlVariates) is { } varied)
        {
            string asked = experiment.Training.ControlVariates
                ? "training.controlVariates is true"
                : $"methods has {varied.Name}, which keeps control variates";
            values.Refuse(
                ExperimentSections.SharedA,
                $"axes.sharedA has false, and {asked}; a variate is how far the steps of an agent go from the A that all begin with: axes.sharedA "
                    + "must be true");
        }

        IEnumerable<string> Problems(Method method) => OptionsOf(method).SpecProblems();

        CoordinatorOptions OptionsOf(Method method) => Cell.Options(experiment, experiment.Regimes[0], method, seed: 0, ["a", "b"], "");
    }

    private static void RefuseBoth(SettingValues values, Setting axis, Setting single)
    {
        if (values.Has(axis))
        {
            values.RefuseIdle($"beside {axis.Path}; leave one of them out", single);
        }
    }

    private static string? FolderOf(SettingValues values, string folder)
    {
        string? model = values.Of(ExperimentSections.Model);
        string? path = model is null ? null : Path.Combine(folder, model);
        if (path is not null && !Directory.Exists(path))
        {
            values.Refuse(ExperimentSections.Model, $"model is '{model}', and {path} is no folder; name one with config.json and model.safetensors");
        }

        return path;
    }

    private static DataFiles? FilesOf(SettingValues values, string folder)
    {
        if (!values.Has(ExperimentSections.Train) && !values.Has(ExperimentSections.Test))
        {
            return null;
        }

        return new DataFiles(FileOf(ExperimentSections.Train, ExperimentSections.Test), FileOf(ExperimentSections.Test, ExperimentSections.Train));

        string FileOf(Setting<string?> setting, Setting other)
        {
            if (!values.Has(setting))
            {
                if (!values.WasRefused(setting))
                {
                    values.Refuse(setting, $"{setting.Path} is missing beside {other.Path}; name {Right}, or leave both out for the demo's texts");
                }

                return "";
            }

            string path = Path.Combine(folder, values.Of(setting)!);
            if (!File.Exists(path))
            {
                values.Refuse(setting, $"{setting.Path} is '{values.Of(setting)}', and {path} is no file; name {Right}");
            }

            return path;
        }
    }
}

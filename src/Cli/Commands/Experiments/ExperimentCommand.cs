using System.CommandLine;
using System.Globalization;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Experiments;
using EdgeFlora.Experiments.Files;
using EdgeFlora.Experiments.Results;
using EdgeFlora.Experiments.Shares;
using EdgeFlora.Learning.Corpus;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;

namespace EdgeFlora.Cli.Commands.Experiments;

/// <summary><c>edgeflora experiment</c>: compares ways of merging on the same data, in one process, and writes a report.</summary>
internal sealed class ExperimentCommand : Command
{
    private readonly Argument<string> file = new("FILE") { Description = "Experiment in YAML or JSON; samples stand in experiments/" };
    private readonly Option<string?> output = new("--out")
    {
        Description = "Folder that receives report.html, tables and results; the same experiment goes on in it and trains nothing twice. Without it, "
            + "the file's name with .results",
        HelpName = "DIR",
    };

    private readonly Option<string?> seeds = new("--seeds") { Description = "Seeds instead of the file's, separated by commas", HelpName = "N,N" };
    private readonly Option<bool> smoke = new("--smoke") { Description = "Two rounds on little data: whether it works" };
    private readonly Option<int> threads = Ranged.Number(
        "--threads", "Pieces of work at once; the figures are the same for any number", "threads", 1, 1024, Environment.ProcessorCount);

    private readonly Option<string?> packs = new("--packs")
    {
        Description = "Folder of the .NET SDK's reference packs, if they are not found by themselves",
        HelpName = "DIR",
    };

    public ExperimentCommand()
        : base(
            "experiment",
            "Compare ways of merging on the same data, agents and seeds, in this process and without a broker: a report with intervals, and "
            + "tables.")
    {
        Arguments.Add(file);
        foreach (Option option in new Option[] { output, seeds, smoke, threads, packs })
        {
            Options.Add(option);
        }

        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken stop)
    {
        string path = parsed.GetRequiredValue(file);
        Experiment experiment = Read(path, parsed.GetValue(seeds));
        experiment = parsed.GetValue(smoke) ? experiment.Small() : experiment;
        string folder = parsed.GetValue(output) ?? Path.ChangeExtension(path, ".results");
        MakeFolder(folder);
        TextWriter lines = parsed.InvocationConfiguration.Output;
        using var display = new ProgressLine(lines, ReferenceEquals(lines, Console.Out) && !Console.IsOutputRedirected, TimeProvider.System);
        display.Note("Reading the model and the texts …");
        BaseModel model = BaseModel.Load(experiment.Model ?? ModelOption.EmbeddedFolder);
        TextPool pool = experiment.Data is { } data
            ? TextPool.Read(data)
            : TextPool.Demo(SdkCorpus.Load(ReferencePacks.Locate(parsed.GetValue(packs))));
        Require(experiment, pool);
        ExperimentResult result;
        int atOnce = parsed.GetValue(threads);
        using (var runner = new ExperimentRunner(experiment, pool, model, new PortableEngine(), folder, atOnce, TimeProvider.System, display.Report))
        {
            if (runner.Found > 0)
            {
                display.Note($"{folder} holds {runner.Found} results from before; what fits is taken from there.");
            }

            result = await runner.RunAsync(stop);
        }

        display.Clear();
        foreach (string line in ExperimentFolder.Write(folder, result))
        {
            await lines.WriteLineAsync(line);
        }

        return ExitCode.Done;
    }

    private static Experiment Read(string path, string? seeds)
    {
        byte[] text = File.Exists(path)
            ? File.ReadAllBytes(path)
            : throw new InputException(
                $"FILE is '{path}', which is {(Directory.Exists(path) ? "a folder" : "not there")}; give an experiment file, such as "
                + "experiments/smoke.yaml");
        ExperimentReading reading = ExperimentReader.Read(text, path);
        Experiment experiment = reading.Experiment ?? throw new SpecException(reading.Mistakes);
        return seeds is null ? experiment : experiment with { Seeds = Seeds(seeds) };
    }

    private static ulong[] Seeds(string text)
    {
        var seeds = new List<ulong>();
        foreach (string part in text.Split(','))
        {
            if (!ulong.TryParse(part.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed) || seeds.Contains(seed))
            {
                throw new InputException($"--seeds is '{text}'; give whole numbers from 0, all different, separated by commas");
            }

            seeds.Add(seed);
        }

        return [.. seeds];
    }

    private static void Require(Experiment experiment, TextPool pool)
    {
        int most = experiment.Regimes.Max(regime => regime.Agents);
        int texts = pool.SmallestTraining(experiment);
        if (texts < most)
        {
            throw new InputException(
                $"axes.agents is {most}, but {pool.Name} has {texts} training texts; there must be one for each agent at least");
        }
    }

    private static void MakeFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception reason) when (reason is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"--out is '{folder}', which cannot be made: {reason.Message}", reason);
        }
    }
}

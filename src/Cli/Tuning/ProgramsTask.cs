using System.Globalization;
using EdgeFlora.Adapters;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Learning.Generation;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Programs;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Cli.Tuning;

/// <summary>Functions to write, right if they pass their tests in a sandbox.</summary>
internal sealed class ProgramsTask : ITuningTask
{
    /// <summary>Problems between two reports of progress.</summary>
    private const int Portion = 16;

    private readonly IReadOnlyList<ProgramProblem> problems;
    private readonly GenerationOptions options;
    private readonly int atOnce;

    private ProgramsTask(IReadOnlyList<ProgramProblem> problems, GenerationOptions options, int atOnce)
    {
        this.problems = problems;
        this.options = options;
        this.atOnce = atOnce;
    }

    public string PeftName => "CAUSAL_LM";

    public IReadOnlyList<string>? Labels => null;

    public int Training => 0;

    public int HeldOut => problems.Count;

    /// <exception cref="InputException">Programs may not be run.</exception>
    /// <exception cref="InvalidDataException">The file is damaged; the message names file and line.</exception>
    public static ProgramsTask Read(TaskSettings task, WritingSettings writing)
    {
        if (!writing.RunsPrograms)
        {
            throw new InputException(
                $"--task is {task.Name}, which is measured by running what the model writes; allow that with --run-generated-code (each program is "
                    + $"locked down: no network, no files of yours, limits on time and memory)");
        }

        ProgramBenchmark benchmark = task.Name == TaskSettings.Mbpp
            ? ProgramBenchmark.ReadMbpp(task.Data)
            : ProgramBenchmark.ReadHumanEval(task.Data);
        return new ProgramsTask(writing.First(benchmark.Problems), writing.Options with { StopTexts = benchmark.StopTexts }, writing.Threads);
    }

    public ITraining Start(IEngine engine, BaseModel model, LoraAdapter adapter, TrainingPlan plan) => engine.StartLanguage(model, adapter, [], plan);

    public TaskMetrics Measure(ITraining training, Action<int> progress, CancellationToken stop) =>
        MeasureAsync((ILanguageTuning)training, progress, stop).GetAwaiter().GetResult();

    private async Task<TaskMetrics> MeasureAsync(ILanguageTuning tuning, Action<int> progress, CancellationToken stop)
    {
        // Tried before anything is written: where nothing can be run, hours of writing would be in vain.
        ProgramSandbox sandbox = await OpenAsync(stop);
        var written = new List<string>();
        int done = 0;
        foreach (ProgramProblem[] portion in problems.Chunk(Portion))
        {
            written.AddRange(tuning.Generate([.. portion.Select(problem => problem.Prompt)], options, stop).Select(text => text.Text));
            progress(done += portion.Length);
        }

        ProgramMetrics metrics = await ProgramMetrics.ScoreAsync(sandbox, problems, written, atOnce, stop);
        return new TaskMetrics(metrics, string.Create(
            CultureInfo.InvariantCulture,
            $"{metrics.Problems} problems: pass@1 "
                + $"{metrics.PassAt1:0.0000}{(metrics.Samples > 1 ? $", pass@{metrics.Samples} {metrics.PassAtSamples:0.0000}" : "")}, "
                + $"{metrics.TimedOut} programs killed for time"));
    }

    private static async Task<ProgramSandbox> OpenAsync(CancellationToken stop)
    {
        try
        {
            return await ProgramSandbox.OpenAsync(limits: null, stop);
        }
        catch (SandboxUnavailableException reason)
        {
            throw new InputException(reason.Message.TrimEnd('.'), reason);
        }
    }
}

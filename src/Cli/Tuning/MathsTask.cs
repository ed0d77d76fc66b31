using System.Globalization;
using EdgeFlora.Adapters;
using EdgeFlora.Learning.Generation;
using EdgeFlora.Learning.Maths;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Cli.Tuning;

/// <summary>Word problems, solved if what the model writes ends with the right number.</summary>
internal sealed class MathsTask(IReadOnlyList<MathsProblem> problems, GenerationOptions options) : ITuningTask
{
    /// <summary>Problems between two reports of progress.</summary>
    private const int Portion = 16;

    public string PeftName => "CAUSAL_LM";

    public IReadOnlyList<string>? Labels => null;

    public int Training => 0;

    public int HeldOut => problems.Count;

    /// <exception cref="InvalidDataException">The file is damaged; the message names file and line.</exception>
    public static MathsTask Read(string file, WritingSettings writing) =>
        new(writing.First(MathsProblem.Read(file)), writing.Options with { StopTexts = [MathsProblem.Stop] });

    public ITraining Start(IEngine engine, BaseModel model, LoraAdapter adapter, TrainingPlan plan) => engine.StartLanguage(model, adapter, [], plan);

    public TaskMetrics Measure(ITraining training, Action<int> progress, CancellationToken stop)
    {
        int done = 0;
        int solved = 0;
        foreach (MathsProblem[] portion in problems.Chunk(Portion))
        {
            IReadOnlyList<GeneratedText> written = ((ILanguageTuning)training).Generate(
                [.. portion.Select(problem => problem.Prompt)],
                options,
                stop);
            solved += written.Where((text, i) => portion[i / options.Samples].IsSolvedBy(text.Text)).Count();
            progress(done += portion.Length);
        }

        double share = (double)solved / (problems.Count * options.Samples);
        return new TaskMetrics(
            new { Problems = problems.Count, options.Samples, ExactMatch = share },
            string.Create(CultureInfo.InvariantCulture, $"{problems.Count} problems: exact match {share:0.0000}"));
    }
}

using System.Globalization;
using Spectre.Console;

namespace EdgeFlora.Cli.Tuning;

/// <summary>Shows how far long work is: a bar on a terminal, else plain lines.</summary>
internal sealed class ProgressDisplay(TextWriter lines, bool terminal)
{
    /// <summary>Plain lines in one piece of work.</summary>
    private const int Lines = 20;

    public static ProgressDisplay On(TextWriter output) => new(output, ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected);

    /// <summary>Runs a training; what it reports is shown.</summary>
    public void Train(int steps, Action<Action<StepReport>> work) => Run(
        "training", steps, show => work(report => show(report.Step, string.Create(
            CultureInfo.InvariantCulture, $"loss {report.Loss:0.0000}, {report.TokensPerSecond:0} tokens/s"))));

    /// <summary>Measures something; the count it reports is shown.</summary>
    public T Measure<T>(int examples, Func<Action<int>, T> work)
    {
        T? result = default;
        Run("measuring", examples, show => result = work(done => show(done, "")));
        return result!;
    }

    private void Run(string name, int total, Action<Action<int, string>> work)
    {
        if (!terminal)
        {
            work((done, detail) => Print(name, done, total, detail));
            return;
        }

        AnsiConsole.Progress()
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(screen =>
            {
                ProgressTask bar = screen.AddTask(name, maxValue: total);
                work((done, detail) =>
                {
                    bar.Value = done;
                    bar.Description = $"{name} {done}/{total}  {detail}";
                });
            });
    }

    private void Print(string name, int done, int total, string detail)
    {
        if (detail.Length > 0 && (done == 1 || done == total || done % Math.Max(1, total / Lines) == 0))
        {
            lines.WriteLine($"{name} {done}/{total}  {detail}");
        }
    }
}

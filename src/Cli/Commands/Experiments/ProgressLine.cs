using System.Globalization;
using EdgeFlora.Experiments;

namespace EdgeFlora.Cli.Commands.Experiments;

/// <summary>Says how far an experiment has come and how long it will still take: on one line of a terminal, or line by line elsewhere.</summary>
internal sealed class ProgressLine(TextWriter output, bool isTerminal, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan OnTerminal = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan Elsewhere = TimeSpan.FromSeconds(30);

    private long? began;
    private long? said;
    private string doing = "";
    private int width;

    /// <summary>Says something at once, on a line of its own.</summary>
    public void Note(string text)
    {
        Clear();
        output.WriteLine(text);
    }

    public void Report(ExperimentProgress progress)
    {
        ArgumentNullException.ThrowIfNull(progress);
        began ??= clock.GetTimestamp();
        bool isNew = progress.Doing != doing;
        if (!isNew && said is { } last && clock.GetElapsedTime(last) < (isTerminal ? OnTerminal : Elsewhere))
        {
            return;
        }

        (said, doing) = (clock.GetTimestamp(), progress.Doing);
        string left = progress.Remaining(clock.GetElapsedTime(began.Value)) is { } remaining ? $", about {Shown(remaining)} left" : "";
        string text = string.Create(CultureInfo.InvariantCulture, $"{100 * progress.Done / Math.Max(1, progress.Total):0} %{left}: {progress.Doing}");
        if (!isTerminal)
        {
            output.WriteLine(text);
            return;
        }

        output.Write($"\r{text.PadRight(width)}");
        width = text.Length;
    }

    /// <summary>Leaves an empty line on a terminal.</summary>
    public void Clear()
    {
        if (isTerminal && width > 0)
        {
            output.Write($"\r{new string(' ', width)}\r");
            width = 0;
        }
    }

    public void Dispose() => Clear();

    private static string Shown(TimeSpan time) =>
        time.TotalMinutes < 1 ? string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(time.TotalSeconds)} s")
        : time.TotalHours < 1 ? string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(time.TotalMinutes)} min")
        : string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours} h {time.Minutes} min");
}

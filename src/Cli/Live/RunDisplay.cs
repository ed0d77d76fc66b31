using EdgeFlora.Contracts.Events;

namespace EdgeFlora.Cli.Live;

/// <summary>Holds the view of a run and shows it while the run lasts: a live table on a terminal, else one line per notable event.</summary>
/// <remarks>Thread-safe: events and notes may come from any thread.</remarks>
internal sealed class RunDisplay : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly TextWriter? lines;
    private readonly LiveTable? table;
    private readonly HashSet<long> seen = [];
    private RunView view;

    private RunDisplay(RunView start, TextWriter? lines, LiveTable? table)
    {
        view = start;
        this.lines = lines;
        this.table = table;
    }

    /// <summary>The view as it stands.</summary>
    public RunView View
    {
        get
        {
            lock (gate)
            {
                return view;
            }
        }
    }

    /// <summary>Whether a note takes the place of the one before, and does not add a line.</summary>
    public bool IsTable => table is not null;

    /// <summary>Shows plain lines.</summary>
    public static RunDisplay Plain(TextWriter lines, RunView start) => new(start, TextWriter.Synchronized(lines), null);

    /// <summary>Draws a table; the first frame is on the screen when this returns.</summary>
    /// <param name="title">What is being run, one line.</param>
    public static RunDisplay Table(Spectre.Console.IAnsiConsole console, string title, RunView start, TimeProvider clock)
    {
        RunDisplay? display = null;
        var table = new LiveTable(console, title, () => display?.View ?? start, clock);
        display = new RunDisplay(start, null, table);
        table.Start();
        return display;
    }

    public void Show(RunEvent happened)
    {
        lock (gate)
        {
            if (!seen.Add(happened.Sequence))
            {
                return;
            }

            view = view.Apply(happened);
        }

        if (lines is not null && EventLine.For(happened) is { } line)
        {
            lines.WriteLine(line);
        }
    }

    /// <summary>Says what is going on beside the run's own events: data being made, a baseline being trained. Empty for nothing any more.</summary>
    public void Note(string text)
    {
        if (table is not null)
        {
            table.Note = text;
        }
        else if (text.Length > 0)
        {
            lines?.WriteLine(text);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (table is not null)
        {
            await table.DisposeAsync();
        }
    }
}

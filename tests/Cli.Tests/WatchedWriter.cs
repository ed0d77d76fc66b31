namespace EdgeFlora.Cli.Tests;

/// <summary>Keeps what is written, and tells when a line comes.</summary>
internal sealed class WatchedWriter : StringWriter
{
    private readonly Lock gate = new();
    private readonly List<string> lines = [];
    private readonly List<(string Part, TaskCompletionSource<string> Found)> awaited = [];

    /// <summary>The first line that holds a text, once it is there.</summary>
    public Task<string> LineAsync(string part)
    {
        var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            if (lines.Find(line => line.Contains(part, StringComparison.Ordinal)) is { } there)
            {
                found.SetResult(there);
            }
            else
            {
                awaited.Add((part, found));
            }
        }

        return found.Task;
    }

    public override void WriteLine(string? value)
    {
        lock (gate)
        {
            base.WriteLine(value);
            lines.Add(value ?? "");
            foreach ((string part, TaskCompletionSource<string> found) in awaited)
            {
                if (lines[^1].Contains(part, StringComparison.Ordinal))
                {
                    found.TrySetResult(lines[^1]);
                }
            }
        }
    }
}

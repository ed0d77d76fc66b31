using EdgeFlora.Cli.Hosting;

namespace EdgeFlora.Cli.Doctor;

/// <summary>Runs checks one after another, each within its limit, and leaves out those whose conditions are not met.</summary>
internal sealed class Checkup(IReadOnlyList<ICheck> checks, TimeProvider clock)
{
    /// <param name="begins">Told before each check that is tried.</param>
    /// <param name="ends">Told after each check.</param>
    public async Task<IReadOnlyList<CheckResult>> RunAsync(Action<ICheck> begins, Action<CheckResult> ends, CancellationToken stop)
    {
        var results = new List<CheckResult>();
        foreach (ICheck check in checks)
        {
            long began = clock.GetTimestamp();
            CheckResult result = Hindrance(check, results) is { } hindrance
                ? Result(check, 0, Finding.NotTried(hindrance))
                : await TryAsync(check, began, begins, stop);
            results.Add(result);
            ends(result);
        }

        return results;
    }

    private static string? Hindrance(ICheck check, List<CheckResult> before)
    {
        foreach (string need in check.Needs)
        {
            switch (before.Find(result => result.Name == need)?.Finding.Outcome)
            {
                case CheckOutcome.Failed:
                    return $"{need} failed";
                case CheckOutcome.NotTried or null:
                    return $"{need} was not tried";
            }
        }

        return null;
    }

    private static CheckResult Result(ICheck check, double seconds, Finding finding) =>
        new(check.Name, check.Deed, check.Limit.TotalSeconds, Math.Round(seconds, 3), finding);

    private async Task<CheckResult> TryAsync(ICheck check, long began, Action<ICheck> begins, CancellationToken stop)
    {
        begins(check);
        Finding finding = await FindAsync(check, stop);
        return Result(check, clock.GetElapsedTime(began).TotalSeconds, finding);
    }

    private async Task<Finding> FindAsync(ICheck check, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(check.Limit, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            // Not waited for beyond its limit, even if it does not heed the token: a driver that hangs, a disk that does not answer.
            return await Task.Run(() => check.RunAsync(either.Token), CancellationToken.None).WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            string late = FormattableString.Invariant($"it did not end within {check.Limit.TotalSeconds:0} s");
            return check.IsRemote
                ? Finding.Unreachable(late, "look whether the way to the other side is slow or blocked, and try again")
                : Finding.Failed(late, "look whether the disk or the device hangs");
        }
#pragma warning disable CA1031 // Whatever a check runs into is what it has found.
        catch (Exception failure) when (!stop.IsCancellationRequested)
#pragma warning restore CA1031
        {
            string said = Mistakes.Describe(failure) ?? $"{failure.GetType().Name}: {failure.Message}";
            return Finding.Failed(said.TrimEnd('.'), "mend what the sentence names, and try again");
        }
    }
}

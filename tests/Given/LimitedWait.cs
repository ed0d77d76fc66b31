using System.Runtime.CompilerServices;

namespace EdgeFlora.Tests.Given;

/// <summary>Waits of tests. Each ends by a limit that only guards against hanging, and then says what it waited for and how things stand.</summary>
internal static class LimitedWait
{
    /// <summary>Long, for a machine that is busy with other tests; below that of <see cref="HangGuardAttribute"/>, which says less.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <param name="state">How things stand, asked where the wait was in vain.</param>
    /// <param name="what">What is waited for; without it the expression.</param>
    public static async Task<T> InTimeAsync<T>(
        this Task<T> task, Func<string>? state = null, [CallerArgumentExpression(nameof(task))] string what = "")
    {
        await ((Task)task).InTimeAsync(state, what);
        return await task;
    }

    /// <inheritdoc cref="InTimeAsync{T}(Task{T}, Func{string}?, string)"/>
    public static Task<T> InTimeAsync<T>(
        this ValueTask<T> task, Func<string>? state = null, [CallerArgumentExpression(nameof(task))] string what = "") =>
        task.AsTask().InTimeAsync(state, what);

    /// <inheritdoc cref="InTimeAsync{T}(Task{T}, Func{string}?, string)"/>
    public static async Task InTimeAsync(
        this Task task, Func<string>? state = null, [CallerArgumentExpression(nameof(task))] string what = "")
    {
        try
        {
            await task.WaitAsync(Limit, TestContext.Current.CancellationToken);
        }
        catch (Exception vain) when (vain is TimeoutException or OperationCanceledException && !task.IsCompleted)
        {
            throw Vain(what, state, vain);
        }
    }

    /// <summary>Looks again and again until something has come true.</summary>
    /// <inheritdoc cref="InTimeAsync{T}(Task{T}, Func{string}?, string)"/>
    public static Task UntilAsync(
        Func<bool> isSo, Func<string>? state = null, [CallerArgumentExpression(nameof(isSo))] string what = "") =>
        UntilAsync(() => Task.FromResult(isSo()), state, what);

    /// <inheritdoc cref="UntilAsync(Func{bool}, Func{string}?, string)"/>
    public static async Task UntilAsync(
        Func<Task<bool>> isSo, Func<string>? state = null, [CallerArgumentExpression(nameof(isSo))] string what = "")
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        while (!await isSo())
        {
            try
            {
                await Task.Delay(Pause, limit.Token);
            }
            catch (OperationCanceledException vain)
            {
                throw Vain(what, state, vain);
            }
        }
    }

    /// <summary>Does something, such as letting a test's clock pass, again and again until something has come true.</summary>
    /// <inheritdoc cref="InTimeAsync{T}(Task{T}, Func{string}?, string)"/>
    public static async Task StepUntilAsync(
        Func<bool> isSo, Action step, Func<string>? state = null, [CallerArgumentExpression(nameof(isSo))] string what = "")
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        while (!isSo())
        {
            if (limit.IsCancellationRequested)
            {
                throw Vain(what, state, new OperationCanceledException(limit.Token));
            }

            step();
            await Task.Yield();
        }
    }

    private static TimeoutException Vain(string what, Func<string>? state, Exception vain) => new(
        $"Waited {Limit.TotalMinutes:0} min in vain, or until the test was cancelled, for: "
            + $"{string.Join(' ', what.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))}{(state is null ? "" : $". {state()}")}",
        vain);
}

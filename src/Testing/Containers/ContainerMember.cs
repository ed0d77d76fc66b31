using EdgeFlora.Testing.Platforms;

namespace EdgeFlora.Testing.Containers;

/// <summary>A coordinator or an agent in a container.</summary>
/// <param name="ready">Waits until it can be used, at its first start; null: nobody waits for it.</param>
internal sealed class ContainerMember(ProgramContainer program, Func<CancellationToken, Task>? ready = null) : IMember
{
    private readonly Lock gate = new();
    private bool wasStarted;
    private int kills;

    /// <summary>Done while it has been started and not been killed since.</summary>
    private TaskCompletionSource up = New();

    public ProgramContainer Program => program;

    public async Task StartAsync(CancellationToken stop)
    {
        bool again = wasStarted;
        wasStarted = true;
        await (again ? program.StartAgainAsync(stop) : program.StartAsync(stop));
        lock (gate)
        {
            up.TrySetResult();
        }

        if (!again && ready is not null)
        {
            await ready(stop);
        }
    }

    public Task KillAsync(CancellationToken stop)
    {
        lock (gate)
        {
            kills++;
            up = New();
        }

        return program.KillAsync(stop);
    }

    /// <summary>Waits until it ends by itself: one that was killed ends after it was started again.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<long> EndAsync(CancellationToken stop)
    {
        while (true)
        {
            Task starting;
            int before;
            lock (gate)
            {
                (starting, before) = (up.Task, kills);
            }

            await starting.WaitAsync(stop);
            long code = await program.ExitAsync(stop);
            lock (gate)
            {
                if (kills == before)
                {
                    return code;
                }
            }
        }
    }

    public Task PauseAsync(CancellationToken stop) => program.PauseAsync(stop);

    public Task ResumeAsync(CancellationToken stop) => program.UnpauseAsync(stop);

    public Task CutAsync(CancellationToken stop) => program.CutAsync(stop);

    public Task HealAsync(CancellationToken stop) => program.HealAsync(stop);

    public Task<string> LogAsync() => program.LogAsync();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

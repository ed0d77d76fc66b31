using EdgeFlora.Testing.Parts;

namespace EdgeFlora.Testing.Containers;

/// <summary>A coordinator or an agent in a container.</summary>
internal sealed class ContainerPart(ProgramContainer program) : IPart
{
    private bool wasStarted;

    public ProgramContainer Program => program;

    public Task StartAsync(CancellationToken stop)
    {
        bool again = wasStarted;
        wasStarted = true;
        return again ? program.StartAgainAsync(stop) : program.StartAsync(stop);
    }

    public Task KillAsync(CancellationToken stop) => program.KillAsync(stop);

    public Task PauseAsync(CancellationToken stop) => program.PauseAsync(stop);

    public Task ResumeAsync(CancellationToken stop) => program.UnpauseAsync(stop);

    public Task CutAsync(CancellationToken stop) => program.CutAsync(stop);

    public Task HealAsync(CancellationToken stop) => program.HealAsync(stop);

    public Task<string> LogAsync() => program.LogAsync();
}

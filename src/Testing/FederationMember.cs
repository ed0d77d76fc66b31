using EdgeFlora.Testing.Platforms;

namespace EdgeFlora.Testing;

/// <summary>The coordinator or an agent of a federation, and what can be done to it.</summary>
public sealed class FederationMember
{
    private readonly IPlatform platform;
    private readonly IMember member;

    internal FederationMember(string name, IPlatform platform, IMember member)
    {
        Name = name;
        this.platform = platform;
        this.member = member;
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    internal IMember Member => member;

    /// <summary>Ends it as a power cut does: nothing is said, nothing is put in order.</summary>
    public Task KillAsync(CancellationToken stop = default) => DoAsync(FaultKind.Kill, member.KillAsync, stop);

    /// <summary>Starts it again after <see cref="KillAsync"/>, on the state it left.</summary>
    public Task StartAgainAsync(CancellationToken stop = default) => member.StartAsync(stop);

    /// <summary>Freezes it.</summary>
    /// <exception cref="FaultNotPossibleException">That can't be done in a federation of this kind.</exception>
    public Task PauseAsync(CancellationToken stop = default) => DoAsync(FaultKind.Pause, member.PauseAsync, stop);

    /// <summary>Lets it go on after <see cref="PauseAsync"/>.</summary>
    /// <exception cref="FaultNotPossibleException">That can't be done in a federation of this kind.</exception>
    public Task ResumeAsync(CancellationToken stop = default) => DoAsync(FaultKind.Pause, member.ResumeAsync, stop);

    /// <summary>Pulls its cable: no packet comes or goes, and nobody is told.</summary>
    /// <exception cref="FaultNotPossibleException">That can't be done in a federation of this kind.</exception>
    public Task CutAsync(CancellationToken stop = default) => DoAsync(FaultKind.Cut, member.CutAsync, stop);

    /// <summary>Puts the cable back after <see cref="CutAsync"/>.</summary>
    /// <exception cref="FaultNotPossibleException">That can't be done in a federation of this kind.</exception>
    public Task HealAsync(CancellationToken stop = default) => DoAsync(FaultKind.Cut, member.HealAsync, stop);

    /// <summary>What it said so far, for people; empty where its log is the test's own.</summary>
    public Task<string> LogAsync() => member.LogAsync();

    private Task DoAsync(FaultKind kind, Func<CancellationToken, Task> act, CancellationToken stop) =>
        platform.WhyNot(kind) is { } reason ? throw new FaultNotPossibleException($"{Name}: {reason}") : act(stop);
}

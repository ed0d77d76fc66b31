namespace EdgeFlora.Cli.Client;

/// <summary>How long a service that cannot answer at the moment is asked again: replicas change leaders within seconds.</summary>
/// <param name="tell">Told once why it cannot; null: it is asked once.</param>
internal sealed class ServicePatience(Action<string>? tell, TimeProvider clock)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    private long began = clock.GetTimestamp();
    private bool told;

    /// <summary>The service has worked on the request in the meantime: the time counts from now.</summary>
    public void Renew() => (began, told) = (clock.GetTimestamp(), false);

    /// <summary>Waits until the service is to be asked again.</summary>
    /// <param name="problem">Why it cannot answer.</param>
    /// <param name="pause">When it may be asked again; null: it need not be.</param>
    /// <returns>False if it is not to be asked again.</returns>
    public async Task<bool> WaitAsync(Exception problem, TimeSpan? pause, CancellationToken stop)
    {
        if (tell is null || pause is not { } wait || clock.GetElapsedTime(began) + wait > Longest)
        {
            return false;
        }

        if (!told)
        {
            tell($"{problem.Message} (asking again for up to {Longest.TotalSeconds:0} s)");
            told = true;
        }

        await Task.Delay(wait, clock, stop);
        return true;
    }
}

namespace EdgeFlora.Transport.Buses;

/// <summary>Tries out whether a broker accepts a user.</summary>
public static class BrokerLogin
{
    /// <summary>Opens a connection as the bus would, and closes it again.</summary>
    /// <returns>False: the broker refuses user or password.</returns>
    /// <exception cref="BrokerUnreachableException">The broker can't be asked, or refuses something else.</exception>
    public static async Task<bool> IsAcceptedAsync(BrokerOptions options, TimeProvider clock, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(options);
        try
        {
            await BrokerProbe.ConnectAsync(options.Address(), options, clock, stop);
            return true;
        }
        catch (BrokerUnreachableException refused) when (refused.IsLogin)
        {
            return false;
        }
    }
}

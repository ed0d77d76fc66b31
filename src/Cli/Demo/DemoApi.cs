using System.Net;
using EdgeFlora.Coordinator.Api;
using EdgeFlora.Coordinator.Api.Access;
using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Coordinator.Models;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Cli.Demo;

/// <summary>
/// API and dashboard of the demo's coordinator, for this machine only, without TLS and tokens. A coordinator that takes over serves at the address
/// of the one before.
/// </summary>
/// <param name="state">The coordinator's state folder.</param>
internal sealed class DemoApi(string state, string model, TimeProvider clock, ILoggerFactory loggers) : IAsyncDisposable
{
    private readonly TaskCompletionSource<Uri> address = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IPEndPoint listen = new(IPAddress.Loopback, 0);
    private ApiHost? api;

    /// <summary>Where it is served; completes at its first start.</summary>
    public Task<Uri> Address => address.Task;

    /// <summary>Serves a coordinator until <see cref="EndAsync"/>.</summary>
    public async Task ServeAsync(CoordinatorHost host, CancellationToken stop)
    {
        try
        {
            api = await ApiHost.StartAsync(new ApiOptions { Dev = true, Listen = listen, StateFolder = state }, Services(host), stop);
            listen = new IPEndPoint(IPAddress.Loopback, api.Address.Port);
            address.TrySetResult(api.Address);
        }
        catch (IOException) when (address.Task.IsCompletedSuccessfully)
        {
            // Another program took the port between two coordinators. The run needs no API.
        }
        catch (Exception failure)
        {
            address.TrySetException(failure);
            throw;
        }
    }

    /// <summary>Stops serving a coordinator that has ended.</summary>
    public async Task EndAsync()
    {
        if (Interlocked.Exchange(ref api, null) is { } served)
        {
            await served.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        address.TrySetCanceled();
    }

    private ApiServices Services(CoordinatorHost host)
    {
        var store = ModelStore.Open(state, clock);
        var models = new ModelService(new ModelCatalogue(model, [], takesPaths: false, store, new ModelArchives(store)), store, host.Runs);
        OperatorTokenRegistry tokens = OperatorTokenRegistry.Open(state, clock);
        return new ApiServices(host.Runs, host.Fleet, host.Enrolment, host.Monitor, models, tokens, clock, loggers) { Meter = host.Meter };
    }
}

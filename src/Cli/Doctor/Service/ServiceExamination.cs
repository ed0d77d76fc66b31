using EdgeFlora.Cli.Client;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Doctor.Service;

/// <summary>The service that is looked at, as an operator sees it.</summary>
internal sealed class ServiceExamination(ServiceContext context, TimeProvider clock) : IDisposable
{
    private Task<ServiceResources>? resources;

    public ServiceContext Context => context;

    public Uri Url { get; } = new(context.Url);

    public ServiceClient Client { get; } = new(context);

    public TimeProvider Clock => clock;

    /// <summary>Asked for once, for several checks.</summary>
    public Task<ServiceResources> ResourcesAsync(CancellationToken stop) =>
        resources ??= Client.GetAsync<ServiceResources>("/api/v1/resources", stop);

    public void Dispose() => Client.Dispose();
}

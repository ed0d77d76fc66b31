using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Doctor.Service;

/// <summary>Free space where the service keeps its state.</summary>
internal sealed class StoreCheck(ServiceExamination service) : ServiceCheck(service)
{
    private const long Least = 256L << 20;
    private const double Tight = 0.1;

    public override string Name => "service.disk";

    public override string Deed => "asks how much of the disk of the service's state folder is free";

    protected override async Task<Finding> AskAsync(CancellationToken stop)
    {
        ServiceResources now = await Service.ResourcesAsync(stop);
        if (now is not { DiskFreeBytes: { } free, DiskTotalBytes: { } total })
        {
            return Finding.NotTried("the service's system does not tell");
        }

        string text = FormattableString.Invariant(
            $"{free >> 20:N0} of {total >> 20:N0} MiB are free; the store takes {(now.DatabaseBytes + now.BodyBytes) >> 20:N0} MiB");
        const string Mend = "free some space there, or delete runs that nobody needs: edgeflora runs ls, edgeflora runs delete ID";
        return free < Least ? Finding.Failed(text, Mend)
            : free < Tight * total ? Finding.Warning(text, Mend)
            : Finding.Ok(text);
    }
}

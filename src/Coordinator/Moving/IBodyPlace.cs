using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Moving;

/// <summary>The bodies of all runs of a service, at one place.</summary>
internal interface IBodyPlace : IDisposable
{
    /// <summary>Runs that have bodies there.</summary>
    /// <exception cref="IOException">It cannot be asked.</exception>
    IReadOnlyCollection<Guid> Runs();

    /// <summary>The bodies of a run, as they are now.</summary>
    IBodyArchive Of(Guid run);
}

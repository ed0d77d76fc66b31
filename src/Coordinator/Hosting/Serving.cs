using EdgeFlora.Coordinator.Blobs;
using EdgeFlora.Coordinator.Enrolment;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Coordinator.Provenance;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Waits;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>The parts of a service that has started.</summary>
internal sealed record Serving(
    IStoreDatabase Database, ServiceStore Store, FleetRegistry Fleet, RunCatalogue Catalogue, RunDirector Director, RunCleanup Cleanup,
    RunBodies Bodies, RunQueues Queues, EventBoard Board, TaskAdvances Advances, SenderCheck Senders, AgentEnrolment Enrolment,
    CredentialChanges Credentials,
    Func<ProvenanceKey> Key, DateTimeOffset StartedAt);

namespace EdgeFlora.Testing.Tests.Packages;

/// <summary>All tests of packages, one after the other: they are packed once.</summary>
[CollectionDefinition(nameof(PackedPackages))]
public sealed class PackedPackagesCollection : ICollectionFixture<PackedPackages>;

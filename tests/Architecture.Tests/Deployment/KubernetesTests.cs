using System.Text;
using EdgeFlora.Coordinator.Configuration;
using k8s;
using k8s.Models;
using YamlDotNet.Serialization;

namespace EdgeFlora.Architecture.Tests.Deployment;

/// <summary>The manifests of infra/kubernetes: every field is one that Kubernetes has, and no container may more than it needs.</summary>
public sealed class KubernetesTests
{
    private static readonly Dictionary<string, Type> Kinds = new()
    {
        ["v1/Namespace"] = typeof(V1Namespace),
        ["v1/ConfigMap"] = typeof(V1ConfigMap),
        ["v1/ServiceAccount"] = typeof(V1ServiceAccount),
        ["v1/Service"] = typeof(V1Service),
        ["apps/v1/StatefulSet"] = typeof(V1StatefulSet),
        ["apps/v1/DaemonSet"] = typeof(V1DaemonSet),
        ["batch/v1/Job"] = typeof(V1Job),
        ["networking.k8s.io/v1/NetworkPolicy"] = typeof(V1NetworkPolicy),
    };

    /// <summary>Of others' making; their own controllers check them.</summary>
    private static readonly string[] Foreign = ["kustomize.config.k8s.io/v1beta1", "rabbitmq.com/v1beta1"];

    private static string Folder => Path.Combine(SourceTree.Root, "infra", "kubernetes");

    private static string[] Files => [.. Directory.GetFiles(Folder, "*.yaml", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private static IReadOnlyList<object> Objects { get; } = [.. Files.SelectMany(file => Load(File.ReadAllText(file)))];

    private static Dictionary<string, V1PodSpec> Pods { get; } = Objects.Select(one => one switch
    {
        V1StatefulSet set => (set.Metadata.Name, set.Spec.Template),
        V1DaemonSet set => (set.Metadata.Name, set.Spec.Template),
        V1Job job => (job.Metadata.Name, job.Spec.Template),
        _ => default,
    }).Where(pod => pod.Template is not null).ToDictionary(pod => pod.Name, pod => pod.Template.Spec);

    public static TheoryData<string> PodNames => [.. Pods.Keys];

    [Fact]
    public void Every_kind_is_known_and_every_field_is_its_own()
    {
        Assert.Equal(Kinds.Values.ToHashSet(), Objects.Select(one => one.GetType()).ToHashSet());
        Assert.Equal(["agent", "coordinator", "enrol-NODE"], Pods.Keys.Order());
    }

    [Theory]
    [InlineData("spec: {replica: 1}")]
    [InlineData("spec: {template: {spec: {securityContext: {runAsNonroot: true}}}}")]
    [InlineData("spec: {replicas: many}")]
    public void A_field_that_there_is_not_is_found(string wrong) =>
        Assert.ThrowsAny<Exception>(() => Load($"apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: x}}\n{wrong}\n").ToArray());

    [Theory]
    [MemberData(nameof(PodNames))]
    public void A_container_has_no_rights_that_it_does_not_need(string pod)
    {
        V1PodSpec spec = Pods[pod];

        Assert.True(spec.SecurityContext.RunAsNonRoot);
        Assert.Equal((1654, "RuntimeDefault"), (spec.SecurityContext.RunAsUser, spec.SecurityContext.SeccompProfile.Type));
        Assert.False(spec.AutomountServiceAccountToken);
        Assert.True(spec.HostNetwork is null && spec.HostPID is null && spec.InitContainers is null);
        foreach (V1Container container in spec.Containers)
        {
            Assert.Equal((true, false), (container.SecurityContext.ReadOnlyRootFilesystem, container.SecurityContext.AllowPrivilegeEscalation));
            Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
            Assert.Equal(VersionTests.Current, container.Image.Split(':')[1]);
            Assert.Equal(["cpu", "memory"], container.Resources.Requests.Keys.Order());
            Assert.Contains("memory", container.Resources.Limits.Keys);
            Assert.Equal(
                spec.Volumes.Select(volume => volume.Name).Append("state").Distinct().Order(),
                container.VolumeMounts.Select(mount => mount.Name).Order());
            Assert.All(container.VolumeMounts.Where(mount => mount.Name is not ("state" or "tmp")), mount => Assert.True(mount.ReadOnlyProperty));
            Assert.DoesNotContain(container.Env ?? [], variable => variable.Value is not null || variable.ValueFrom.SecretKeyRef is not null);
        }
    }

    /// <summary>
    /// Kubernetes mounts secrets for everybody unless it is told otherwise, and a service refuses some of such files. They are root's: a user
    /// without rights reads them by the group of <c>fsGroup</c>.
    /// </summary>
    [Theory]
    [MemberData(nameof(PodNames))]
    public void A_secret_is_for_the_pods_own_group_alone(string pod)
    {
        V1PodSpec spec = Pods[pod];
        V1SecretVolumeSource[] secrets = [.. spec.Volumes.Select(volume => volume.Secret).OfType<V1SecretVolumeSource>()];

        Assert.Equal(pod == "agent" ? 0 : 1, secrets.Length);
        Assert.All(secrets, secret => Assert.Equal(Convert.ToInt32("440", 8), secret.DefaultMode));
        Assert.True(secrets.Length == 0 || spec.SecurityContext.FsGroup == spec.SecurityContext.RunAsGroup);
        Assert.DoesNotContain(spec.Volumes, volume => volume.Projected is not null);
    }

    [Fact]
    public void The_service_is_asked_where_it_answers()
    {
        V1Container service = Assert.Single(Pods["coordinator"].Containers);
        V1Probe[] probes = [service.StartupProbe, service.ReadinessProbe, service.LivenessProbe];

        Assert.Equal(["/readyz", "/readyz", "/healthz"], probes.Select(probe => probe.HttpGet.Path));
        Assert.All(probes, probe => Assert.Equal(("HTTPS", "https"), (probe.HttpGet.Scheme, (string)probe.HttpGet.Port)));
        Assert.Equal(8443, Assert.Single(service.Ports).ContainerPort);
        Assert.Equal(1, Objects.OfType<V1StatefulSet>().Single().Spec.Replicas);
    }

    [Fact]
    public void Its_settings_are_ones_that_it_reads()
    {
        string settings = Objects.OfType<V1ConfigMap>().Single(map => map.Metadata.Name == "coordinator").Data["coordinator.yaml"];

        ServiceConfigurationReading reading = ServiceConfigurationReader.Read(Encoding.UTF8.GetBytes(settings), "coordinator.yaml");

        Assert.Empty(reading.Mistakes);
        Assert.True(reading.Configuration!.RequiresEnrolment);
        Assert.Equal(("/state/service", "https://0.0.0.0:8443"), (reading.Configuration.State, reading.Configuration.Listen));
    }

    /// <summary>Every pod is closed but for what a policy of its own opens; agents reach the broker alone, and nothing reaches them.</summary>
    [Fact]
    public void Policies_close_what_is_not_needed()
    {
        Dictionary<string, V1NetworkPolicy> policies = Objects.OfType<V1NetworkPolicy>().ToDictionary(policy => policy.Metadata.Name);
        V1NetworkPolicy nothing = policies["nothing"];
        V1NetworkPolicy agent = policies["agent"];

        Assert.Equal(["Ingress", "Egress"], nothing.Spec.PolicyTypes);
        Assert.True(nothing.Spec.PodSelector.MatchLabels is null && nothing.Spec.Ingress is null && nothing.Spec.Egress is null);
        Assert.Null(agent.Spec.Ingress);
        V1NetworkPolicyEgressRule way = Assert.Single(agent.Spec.Egress);
        Assert.Equal("5671", (string)Assert.Single(way.Ports).Port);
        Assert.Equal("broker", Assert.Single(way.To).PodSelector.MatchLabels["app.kubernetes.io/name"]);
        Assert.Equal(["agent", "broker", "coordinator", "enrol", "names", "nothing"], policies.Keys.Order());
    }

    [Fact]
    public void Kustomizations_name_every_file_beside_them()
    {
        foreach (string kustomization in Files.Where(file => Path.GetFileName(file) == "kustomization.yaml"))
        {
            var content = new DeserializerBuilder().Build().Deserialize<Dictionary<string, object>>(File.ReadAllText(kustomization));

            Assert.Equal(["apiVersion", "kind", "namespace", "resources"], content.Keys);
            Assert.Equal(
                Directory.GetFiles(Path.GetDirectoryName(kustomization)!, "*.yaml").Select(Path.GetFileName).Except(["kustomization.yaml"]).Order(),
                ((List<object>)content["resources"]).Cast<string>().Order());
        }
    }

    [Fact]
    public void No_secret_stands_in_a_manifest() =>
        Assert.All(Files, file => Assert.DoesNotContain("kind: Secret", File.ReadAllText(file), StringComparison.Ordinal));

    private static IEnumerable<object> Load(string text)
    {
        var reader = new DeserializerBuilder().Build();
        foreach (string document in text.Split("\n---\n"))
        {
            var head = reader.Deserialize<Dictionary<string, object>>(document);
            string version = (string)head["apiVersion"];
            if (!Foreign.Contains(version))
            {
                string kind = $"{version}/{head["kind"]}";
                yield return KubernetesYaml.LoadAllFromString(document, new Dictionary<string, Type> { [kind] = Kinds[kind] }, strict: true).Single();
            }
        }
    }
}

using System.Net.Http.Json;
using System.Text;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Coordinator.Tests.Api;

/// <summary>Requests of these tests.</summary>
internal static class ApiClientExtensions
{
    public const string Spec = "labels: [spam, ham]\nrounds: {count: 3}";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static async Task<HttpResponseMessage> SubmitAsync(this HttpClient client, string spec = Spec, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/runs") { Content = new StringContent(spec, Encoding.UTF8, "application/yaml") };
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        return await client.SendAsync(request, Stop);
    }

    public static async Task<RunDetail> SubmittedAsync(this HttpClient client, string spec = Spec) =>
        await (await client.SubmitAsync(spec)).ReadAsync<RunDetail>();

    public static async Task<T> ReadAsync<T>(this HttpResponseMessage response)
    {
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Stop));
        return (await response.Content.ReadFromJsonAsync<T>(ApiJson.Options, Stop))!;
    }

    public static async Task<ApiProblem> ProblemAsync(this HttpResponseMessage response)
    {
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        ApiProblem problem = (await response.Content.ReadFromJsonAsync<ApiProblem>(ApiJson.Options, Stop))!;
        Assert.Equal((int)response.StatusCode, problem.Status);
        return problem;
    }
}

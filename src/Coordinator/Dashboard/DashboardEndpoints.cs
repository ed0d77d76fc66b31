using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Primitives;

namespace EdgeFlora.Coordinator.Dashboard;

/// <summary>Serves the dashboard. Its files tell nothing and are for everybody; what they show comes from the API, with the reader's token.</summary>
internal static class DashboardEndpoints
{
    private const string Page = "index.html";

    /// <summary>
    /// The page under <c>/</c>, what it loads under <c>/dashboard/</c>. Without a limit of requests, for a page is made of many files and each
    /// costs next to nothing.
    /// </summary>
    public static void MapDashboard(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", (HttpContext http) => WriteAsync(http, Page)).DisableRateLimiting().ExcludeFromDescription();
        routes.MapGet("/dashboard/{file}", (HttpContext http, string file) => WriteAsync(http, file)).DisableRateLimiting().ExcludeFromDescription();
    }

    private static async Task WriteAsync(HttpContext http, string name)
    {
        if (!DashboardFiles.All.TryGetValue(name, out DashboardFile? file))
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        // Asked for again each time, and answered with next to nothing while it is the same: after an upgrade nobody sees a mixture.
        http.Response.Headers.CacheControl = "no-cache";
        http.Response.Headers.ETag = file.ETag;
        if (IsKnown(http.Request.Headers.IfNoneMatch, file.ETag))
        {
            http.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        http.Response.ContentType = file.ContentType;
        http.Response.ContentLength = file.Content.Length;
        await http.Response.Body.WriteAsync(file.Content, http.RequestAborted);
    }

    private static bool IsKnown(StringValues known, string tag) =>
        known.SelectMany(value => (value ?? "").Split(',', StringSplitOptions.TrimEntries))
            .Any(value => value == tag || value == $"W/{tag}" || value == "*");
}

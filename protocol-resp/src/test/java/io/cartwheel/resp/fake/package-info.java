/** Stand-ins for what lies below the Redis face, for its tests. */
package io.cartwheel.resp.fake;
